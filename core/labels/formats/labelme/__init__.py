"""LabelMe JSON, one file per image."""
