"""Batch norm in training: fixed, measured on each batch, or measured over the batches of all devices.

A norm changes its class only, as in core.worker.model.ignored_regions: names and shapes of its tensors stay those of
the zoo's checkpoints, and a model in use, which measures nothing, needs no change at all.
"""

from typing import Any, Final

import torch
from detectron2.layers import FrozenBatchNorm2d, NaiveSyncBatchNorm
from torch import nn

from core.errors import RecipeError
from core.training.recipe.norm_statistics import FROZEN

_NUMBER: Final = "num_batches_tracked"


class FixedNorm(nn.BatchNorm2d):
    """A batch norm whose statistics, scale and shift stay, in training too.

    It computes what Detectron2's FrozenBatchNorm2d does, but with the tensors of a batch norm.
    """

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) features -> the same, scaled and shifted by channel."""
        # The formula for gradients keeps no features for the way back, as a batch norm would.
        moved: torch.Tensor = FrozenBatchNorm2d.forward(self, features)
        return moved

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        # Checkpoints of earlier versions have Detectron2's frozen norm here, which counts no batches.
        state_dict.setdefault(f"{prefix}{_NUMBER}", torch.tensor(0))
        super()._load_from_state_dict(state_dict, prefix, *args)


class _StageNorm(FixedNorm):
    """The norm of a frozen stage, which no choice about statistics changes."""


class _AnywhereNorm(NaiveSyncBatchNorm):
    """A batch norm over all devices, for any device and for inputs without boxes."""

    _stats_mode = "N"  # each device counts by its number of images or boxes

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) features -> the same, normalised; N may be 0."""
        # The mean of squares needs more digits than bfloat16 has.
        normalised: torch.Tensor = super().forward(features.float())
        return normalised.to(features.dtype)


class _GpuNorm(nn.SyncBatchNorm):
    process_group = None  # all devices


_MEASURED: Final = (nn.BatchNorm2d, _AnywhereNorm, _GpuNorm)


def keep_stage_tensors(model: nn.Module) -> None:
    """Gives the norms of frozen stages the tensors that they have in a checkpoint.

    To freeze a stage, Detectron2 replaces its batch norms by norms without the number of batches.
    """
    for parent in model.modules():
        for name, norm in list(parent.named_children()):
            if isinstance(norm, FrozenBatchNorm2d):
                setattr(parent, name, _stage_norm(norm))


def _stage_norm(frozen: Any) -> _StageNorm:
    norm = _StageNorm(frozen.num_features, eps=frozen.eps, device=frozen.weight.device)
    norm.load_state_dict(frozen.state_dict())
    return norm.requires_grad_(False)


def settle_norms(model: nn.Module, statistics: str | None, devices: int, on_gpu: bool) -> None:
    """Makes the batch norms of a model train as the recipe says (`Recipe.norm_statistics`).

    `devices` that share each batch measure together: SyncBN in the backbone on GPUs, elsewhere Detectron2's own, which
    takes heads without a box. May be called again with another choice. Raises RecipeError for a choice about a model
    without batch norm.
    """
    if statistics is None:
        return
    norms = {name: norm for name, norm in model.named_modules() if type(norm) in (*_MEASURED, FixedNorm)}
    if not norms:
        raise RecipeError(
            "The model has no batch norm, so there is nothing to choose about its statistics.",
            "Leave the choice out.",
        )
    for name, norm in norms.items():
        norm.__class__ = _kind(statistics, devices, on_gpu and name.startswith("backbone."))
        norm.requires_grad_(statistics != FROZEN)


def _kind(statistics: str, devices: int, is_torchs: bool) -> type[nn.Module]:
    if statistics == FROZEN:
        return FixedNorm
    if devices == 1:
        return nn.BatchNorm2d
    return _GpuNorm if is_torchs else _AnywhereNorm
