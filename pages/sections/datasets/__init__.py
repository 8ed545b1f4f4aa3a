"""Parts of the data set pages and of the import."""
