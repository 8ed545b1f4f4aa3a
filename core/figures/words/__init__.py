"""Numbers and results as words for pages and the command line."""
