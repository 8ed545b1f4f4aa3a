"""Findings about labels and images, one module a subject."""
