"""Diagnoses failed runs and changes their recipe so that it works."""
