"""Copies the single box head of a weights file to every stage of a cascade."""

import re
from collections.abc import Mapping
from typing import Final

import torch

_STAGE: Final = re.compile(r"^(roi_heads\.box_head\.)\d+\.(.+)$")


def spread_over_stages(tensors: dict[str, torch.Tensor], model: Mapping[str, torch.Tensor]) -> None:
    """Copies the file's box head to each stage of the model. Does nothing for a model without stages.

    Args: tensors, the file's by name, changed in place; model, the model's by name. A stage in the file is kept.
    """
    original = dict(tensors)
    for name in model:
        match = _STAGE.match(name)
        single = "".join(match.groups()) if match else ""
        if single in original:
            tensors.setdefault(name, original[single])
            tensors.pop(single, None)
