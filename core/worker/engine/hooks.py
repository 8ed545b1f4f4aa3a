"""Hooks that set seeds, learning rate and weight average of an iteration from its number alone.

The other hooks are in `metrics_hook` and `checkpoint_hook`. The order is: seeds, rate, normaliser, average, metrics,
checkpoints, `Agree`.
"""

from typing import cast

import torch
from detectron2.engine import HookBase
from detectron2.solver import build_lr_scheduler

from core.training.process.status_reporter import StopSwitch
from core.worker.data.seeding import seed_everything, seed_of
from core.worker.engine.distributed import ALONE, ProcessGroup
from core.worker.engine.optimizer import RATE_SHARE
from core.worker.engine.trainer import NORMALIZER, StoppableTrainer
from core.worker.model.detectron import CfgNode


class Hook(HookBase):
    """Base of this package's hooks, which gives the trainer its type."""

    @property
    def loop(self) -> StoppableTrainer:
        """The trainer that this hook is registered with."""
        return cast(StoppableTrainer, self.trainer)


class SeedByIteration(Hook):
    """Makes the random choices of a step (proposals, anchors) depend on the iteration only."""

    def __init__(self, seed: int, processes: ProcessGroup = ALONE) -> None:
        # A single process draws the same numbers as in versions without process groups.
        self._seed, self._rank = seed, (processes.rank,) if processes.size > 1 else ()

    def before_step(self) -> None:
        """Seeds all generators."""
        seed_everything(seed_of(self._seed, "iteration", self.loop.iter, *self._rank))


class LearningRate(Hook):
    """Sets the learning rate from the iteration alone, so that checkpoints need not hold it."""

    def __init__(self, cfg: CfgNode, optimizer: torch.optim.Optimizer, until: int = 0) -> None:
        """`until`: the iteration after which the rate stays constant (Recipe.rate_until); 0: never."""
        self._optimizer, self._until = optimizer, until
        if until:
            cfg = cfg.clone()
            cfg.defrost()
            cfg.SOLVER.MAX_ITER = until
        for group in optimizer.param_groups:
            # A restored optimizer has the rate of the earlier recipe, which a repair may have changed.
            group["initial_lr"] = group["lr"] = cfg.SOLVER.BASE_LR * group.get(RATE_SHARE, 1.0)
        self._scheduler = build_lr_scheduler(cfg, optimizer)

    def before_step(self) -> None:
        """Warms up, holds or decays the rate."""
        self._scheduler.last_epoch = min(self.loop.iter, self._until - 1) if self._until else self.loop.iter
        for group, rate in zip(self._optimizer.param_groups, self._scheduler.get_lr(), strict=True):
            group["lr"] = rate

    @property
    def value(self) -> float:
        """The rate of the current iteration."""
        return float(self._optimizer.param_groups[0]["lr"])


class KeepAverage(Hook):
    """Adds the weights to the trainer's average, if it has one, after each step."""

    def after_step(self) -> None:
        """Adds the weights after this iteration."""
        if self.loop.average:
            self.loop.average.update(self.loop.model, self.loop.finished)


class ShareNormalizer(Hook):
    """Keeps RetinaNet's running mean equal in all processes, so that a resume is exact. It is no gradient."""

    def __init__(self, processes: ProcessGroup) -> None:
        self._processes = processes

    def after_step(self) -> None:
        """Sets it to its mean over the processes."""
        if self._processes.size > 1 and hasattr(self.loop.model, NORMALIZER):
            mean = self._processes.mean(float(getattr(self.loop.model, NORMALIZER)))
            setattr(self.loop.model, NORMALIZER, mean)


class Agree(Hook):
    """Ends all ranks after the same iteration, when rank 0 ends. Registered last.

    A signal to another rank is passed on to rank 0, which then writes a checkpoint first.
    """

    def __init__(self, processes: ProcessGroup, stop: StopSwitch) -> None:
        self._processes, self._stop = processes, stop

    def before_train(self) -> None:
        """Waits for rank 0, which may first make a missed evaluation."""
        self._agree()

    def after_step(self) -> None:
        """Waits for rank 0, which may have written a checkpoint or evaluated."""
        self._agree()

    def _agree(self) -> None:
        is_over, is_signalled = self._processes.any(bool(self.loop.ending), self._stop.signalled)
        if is_over and not self.loop.ending:
            self.loop.ending = "ended by rank 0"
        if is_signalled:
            self._stop.note()
