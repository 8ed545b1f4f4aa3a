"""Checks of labels and images, one module per subject."""
