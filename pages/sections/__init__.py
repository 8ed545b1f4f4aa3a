"""Parts of one page each. What two pages share is in pages.widgets."""
