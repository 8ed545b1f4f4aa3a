"""Detectron2's data set records as JSON."""
