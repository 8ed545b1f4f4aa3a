"""The metrics log and its curves."""
