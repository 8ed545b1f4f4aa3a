"""Checks that a model holds no NaN and no infinity."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch


def check_finite(iteration: int, content: dict[str, Any]) -> None:
    """Raises FloatingPointError if a tensor of a checkpoint's content holds NaN or infinity, and names the first.

    Such a model must never replace a checkpoint that training can resume from.
    """
    for name, tensor in _tensors(content.items()):
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise FloatingPointError(
                f"{name} became infinite or NaN by iteration {iteration}; no checkpoint was written of it."
            )


def _tensors(items: Iterable[tuple[Any, Any]], prefix: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    for key, value in items:
        name = f"{prefix}{key}"
        if isinstance(value, torch.Tensor):
            yield name, value
        elif isinstance(value, dict):
            yield from _tensors(value.items(), f"{name}.")
