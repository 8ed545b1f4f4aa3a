"""Evaluations: start, list, open, and all that one says: causes, thresholds, slices, advice, comparison. For pages
and the command line."""
