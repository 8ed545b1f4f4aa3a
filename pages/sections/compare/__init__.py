"""Parts of the comparison of two evaluations."""
