"""Filters out library warnings that users cannot act on. Does not import torch."""

import warnings


def hush_libraries() -> None:
    """Silences deprecation warnings about Detectron2's use of other libraries."""
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated|torch.meshgrid|TypedStorage is deprecated")
