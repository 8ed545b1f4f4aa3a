"""Recipes: presets, model catalogue, settings, and the rules that fill in missing values."""
