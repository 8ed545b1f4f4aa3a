"""The metrics log and the curves made of it."""
