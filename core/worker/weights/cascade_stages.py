"""Weights of a model with one box head, for a cascade: each of its stages starts from that head. core.worker only."""

import re
from collections.abc import Mapping
from typing import Final

import torch

_STAGE: Final = re.compile(r"^(roi_heads\.box_head\.)\d+\.(.+)$")


def spread_over_stages(tensors: dict[str, torch.Tensor], model: Mapping[str, torch.Tensor]) -> None:
    """Put the box head of the file in the place of each stage that the model has; nothing for any other pair.

    Args: tensors, the file's by name, changed in place; model, those of the model. A stage that the file has stays.
    """
    given = dict(tensors)
    for name in model:
        match = _STAGE.match(name)
        single = "".join(match.groups()) if match else ""
        if single in given:
            tensors.setdefault(name, given[single])
            tensors.pop(single, None)
