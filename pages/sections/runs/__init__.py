"""Parts of the run pages and of the overview's list of runs."""
