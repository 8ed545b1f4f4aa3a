"""Detectron2's configuration and models, and what this project changes in them."""
