"""Paints the demo data set: aerial tiles with exact labels."""
