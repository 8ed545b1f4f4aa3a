"""The running average of a model's weights, which is what gets evaluated and used where a recipe asks for it. The model
in training goes on from its own weights and never sees the average. How much
an iteration counts depends on its number alone, so a resumed run averages as an uninterrupted one.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel

# RetinaNet's running mean of its normaliser, which is no buffer and so not in any state.
_EXTRA = "loss_normalizer"


class Average:
    """An exponential moving average of weights; buffers (running statistics) are those of the model as it is."""

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        """Begin with a copy of the model. `decay`: how much of the average stays at an iteration, 0 to 1."""
        self._decay, self._stays = decay, 0.0
        self._averaged = AveragedModel(model, multi_avg_fn=self._mix)

    @property
    def model(self) -> torch.nn.Module:
        """The averaged model, with its own tensors: evaluating it leaves the one in training as it is."""
        module: torch.nn.Module = self._averaged.module
        return module

    def update(self, model: torch.nn.Module, iteration: int) -> None:
        """Take in the weights after finished iteration `iteration`, 1 for the first."""
        # An average that began at random weights would otherwise carry them along for 1 / (1 - decay) iterations.
        self._stays = min(self._decay, (1 + iteration) / (10 + iteration))
        self._averaged.update_parameters(model)
        if hasattr(model, _EXTRA):
            setattr(self.model, _EXTRA, getattr(model, _EXTRA))

    def restore(self, state: Mapping[str, Any], iteration: int) -> None:
        """Take over the averaged weights of a checkpoint of finished iteration `iteration`."""
        self.model.load_state_dict(state)
        self._averaged.n_averaged.fill_(iteration)

    @torch.no_grad()
    def _mix(self, averaged: Any, current: Any, _count: Any) -> None:
        torch._foreach_lerp_(averaged, current, 1 - self._stays)
