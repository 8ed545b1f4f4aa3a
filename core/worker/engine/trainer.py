"""Detectron2's training loop, extended to stop between two iterations and to resume exactly."""

from typing import Any

import torch
from detectron2.engine.train_loop import AMPTrainer, SimpleTrainer
from detectron2.utils.events import EventStorage

from core.worker.engine.distributed import ProcessGroup
from core.worker.engine.optimizer import make_optimizer
from core.worker.model.depthwise import choose_depthwise_precision, depthwise_in_bfloat16, set_depthwise_precision
from core.worker.model.detectron import CfgNode
from core.worker.model.ema import Average
from core.worker.model.mixed_precision import InBFloat16, keep_features_single

# Keys of a checkpoint. Everything else follows from the recipe and the iteration.
NORMALIZER = "loss_normalizer"  # RetinaNet's running mean, which is no buffer
_DEPTHWISE = "depthwise_in_bfloat16"  # kinds of convolutions, as core.worker.model.depthwise names them
_RAW = "raw"  # with averaged weights: those that training continues from; "model" is the average


class StoppableTrainer(SimpleTrainer):
    """Can end between two iterations. `iter` counts finished iterations only after a step: see `finished`."""

    model: torch.nn.Module
    ending = ""  # set by a hook: why to end after this iteration
    average: Average | None = None  # of the weights, where the recipe asks for it
    replica: torch.nn.Module | None = None  # the model that averages its gradients over all ranks

    @property
    def model_in_use(self) -> torch.nn.Module:
        """The model that is evaluated and used: the average of the weights if there is one."""
        return self.average.model if self.average else self.model

    @property
    def finished(self) -> int:
        """Finished iterations, counted in a hook's after_step already."""
        return int(self.iter) + 1 if self.stepping else int(self.iter)

    stepping = False

    def train(self, start_iter: int, max_iter: int) -> None:
        """Runs the iterations from start to max, or until a hook sets `ending`. Calls hooks as Detectron2 does."""
        self.iter = self.start_iter = start_iter
        self.max_iter = max_iter
        with EventStorage(start_iter) as self.storage:
            try:
                self.before_train()
                while self.iter < max_iter and not self.ending:
                    self.stepping = True
                    self.before_step()
                    self.run_step()
                    self.after_step()
                    self.stepping = False
                    self.iter += 1
            finally:
                self.stepping = False
                self.after_train()

    def run_step(self) -> None:
        """Runs one iteration. Only the computation uses the replica, whose parameters have other names."""
        model = self.model
        self.model = self.computing(self.replica or model)
        try:
            super().run_step()
        finally:
            self.model = model

    def computing(self, model: torch.nn.Module) -> torch.nn.Module:
        """The module that an iteration calls for the losses."""
        return model

    def join(self, processes: ProcessGroup, start: int, on_gpu: bool) -> None:
        """Loads rank 0's weights and state after `start` iterations, and joins the averaging of gradients."""
        # The replica shares weights. The rest of the state exists only if a checkpoint was read.
        own = {"model": self.model.state_dict(), "iteration": start, **self.state()} if start else None
        state = processes.from_rank_zero(own)
        if state and not processes.is_rank_zero:
            self.restore(state)
        set_depthwise_precision(self.model, processes.from_rank_zero(depthwise_in_bfloat16(self.model)))
        self.replica = processes.replica(self.model, on_gpu)

    def state(self) -> dict[str, Any]:
        """A checkpoint's content besides model and iteration: tensors, numbers and plain containers."""
        state: dict[str, Any] = {"optimizer": self.optimizer.state_dict()}
        if isinstance(self, AMPTrainer):
            state["grad_scaler"] = self.grad_scaler.state_dict()
        if hasattr(self.model, NORMALIZER):
            state[NORMALIZER] = float(getattr(self.model, NORMALIZER))
        if in_bfloat16 := depthwise_in_bfloat16(self.model):
            state[_DEPTHWISE] = in_bfloat16
        if self.average:
            state[_RAW] = self.model.state_dict()
        return state

    def restore(self, checkpoint: dict[str, Any]) -> None:
        """Loads model and state of a checkpoint."""
        self.model.load_state_dict(checkpoint.get(_RAW, checkpoint["model"]))
        if self.average:
            self.average.restore(checkpoint["model"], int(checkpoint["iteration"]))
        set_depthwise_precision(self.model, checkpoint.get(_DEPTHWISE, ()))
        # The best checkpoint has none. It is used if the last one is broken.
        if "optimizer" in checkpoint:
            self.optimizer.load_state_dict(checkpoint["optimizer"])
        if isinstance(self, AMPTrainer) and "grad_scaler" in checkpoint:
            self.grad_scaler.load_state_dict(checkpoint["grad_scaler"])
        if NORMALIZER in checkpoint:
            setattr(self.model, NORMALIZER, checkpoint[NORMALIZER])


class Trainer(StoppableTrainer):
    """Trains in single precision."""


class MixedPrecisionTrainer(StoppableTrainer, AMPTrainer):
    """Trains in mixed precision on a GPU."""


class CpuMixedPrecisionTrainer(StoppableTrainer):
    """Trains in mixed precision on a CPU."""

    def __init__(self, model: torch.nn.Module, loader: Any, optimizer: torch.optim.Optimizer) -> None:
        super().__init__(model, loader, optimizer)
        keep_features_single(model.backbone)
        choose_depthwise_precision(model)

    def computing(self, model: torch.nn.Module) -> torch.nn.Module:
        """The model with losses in mixed precision."""
        return InBFloat16(model)


def make_trainer(cfg: CfgNode, model: torch.nn.Module, loader: Any) -> StoppableTrainer:
    """A trainer of the model with the configuration's optimizer, without hooks."""
    kind: type[StoppableTrainer] = Trainer
    if cfg.SOLVER.AMP.ENABLED:
        kind = CpuMixedPrecisionTrainer if cfg.MODEL.DEVICE == "cpu" else MixedPrecisionTrainer
    return kind(model, loader, make_optimizer(cfg, model))
