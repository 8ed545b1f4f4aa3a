"""Parts of the evaluate page."""
