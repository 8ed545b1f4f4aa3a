"""Parts of a data set and their scores."""
