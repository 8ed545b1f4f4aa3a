"""The running average of a model's weights, which is evaluated and used if the recipe asks for it.

Training continues from the model's own weights and never uses the average. The weight of an iteration depends on its
number alone, so a resumed run averages like an uninterrupted one.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel

# RetinaNet's running mean of its normaliser. It is no buffer, so no state dict holds it.
_EXTRA = "loss_normalizer"


class Average:
    """An exponential moving average of weights; buffers (running statistics) are the model's current ones."""

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        """Starts from a copy of the model. `decay`: the share of the average that stays at an iteration, 0 to 1."""
        self._decay, self._stays = decay, 0.0
        self._averaged = AveragedModel(model, multi_avg_fn=self._mix)

    @property
    def model(self) -> torch.nn.Module:
        """The averaged model. It has its own tensors, so evaluating it does not change the model in training."""
        module: torch.nn.Module = self._averaged.module
        return module

    def update(self, model: torch.nn.Module, iteration: int) -> None:
        """Adds the weights after finished iteration `iteration`, 1 for the first."""
        # Otherwise random start weights would stay in the average for 1 / (1 - decay) iterations.
        self._stays = min(self._decay, (1 + iteration) / (10 + iteration))
        self._averaged.update_parameters(model)
        if hasattr(model, _EXTRA):
            setattr(self.model, _EXTRA, getattr(model, _EXTRA))

    def restore(self, state: Mapping[str, Any], iteration: int) -> None:
        """Loads the averaged weights of a checkpoint of finished iteration `iteration`."""
        self.model.load_state_dict(state)
        self._averaged.n_averaged.fill_(iteration)

    @torch.no_grad()
    def _mix(self, averaged: Any, current: Any, _count: Any) -> None:
        torch._foreach_lerp_(averaged, current, 1 - self._stays)
