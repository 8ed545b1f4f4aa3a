"""Tests of core.worker. They import that package first, because it makes Detectron2 importable."""

import core.worker  # noqa: F401
