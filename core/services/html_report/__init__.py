"""The HTML report of an evaluation: one file that opens from disk. For pages and the command line."""
