"""Tests of the worker's room. Its package is imported first: it makes Detectron2 importable (see there)."""

import core.worker  # noqa: F401
