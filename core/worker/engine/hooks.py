"""Seeds, learning rate and weight average of each iteration, from its number alone.

The other hooks are in `watching` and `keeping`. They are registered in this order: seeds, rate, average, watching,
keeping.
"""

from typing import cast

import torch
from detectron2.engine import HookBase
from detectron2.solver import build_lr_scheduler

from core.worker.data.seeding import seed_everything, seed_of
from core.worker.engine.distributed import ALONE, ProcessGroup
from core.worker.engine.trainer import NORMALIZER, StoppableTrainer
from core.worker.model.detectron import CfgNode
from core.worker.process.status_reporter import StopSwitch


class Hook(HookBase):
    """Base of this room's hooks: knows the trainer by its own type."""

    @property
    def loop(self) -> StoppableTrainer:
        """The trainer that this hook is registered with."""
        return cast(StoppableTrainer, self.trainer)


class SeedByIteration(Hook):
    """Makes what a step draws (proposals, anchors) depend on the iteration only."""

    def __init__(self, seed: int, processes: ProcessGroup = ALONE) -> None:
        # A single process draws as it did before there were several.
        self._seed, self._rank = seed, (processes.rank,) if processes.size > 1 else ()

    def before_step(self) -> None:
        """Seed all generators."""
        seed_everything(seed_of(self._seed, "iteration", self.loop.iter, *self._rank))


class LearningRate(Hook):
    """Sets the learning rate from the iteration alone, so that nothing of it needs saving."""

    def __init__(self, cfg: CfgNode, optimizer: torch.optim.Optimizer, until: int = 0) -> None:
        """`until`: the iteration from which on the rate stays (Recipe.rate_until); 0: it follows its schedule."""
        self._optimizer, self._until = optimizer, until
        if until:
            cfg = cfg.clone()
            cfg.defrost()
            cfg.SOLVER.MAX_ITER = until
        for group in optimizer.param_groups:
            # A restored optimizer brings the rate of its own run, which a repaired recipe may have changed.
            group["initial_lr"] = group["lr"] = cfg.SOLVER.BASE_LR
        self._scheduler = build_lr_scheduler(cfg, optimizer)

    def before_step(self) -> None:
        """Warm up, hold or decay."""
        self._scheduler.last_epoch = min(self.loop.iter, self._until - 1) if self._until else self.loop.iter
        for group, rate in zip(self._optimizer.param_groups, self._scheduler.get_lr(), strict=True):
            group["lr"] = rate

    @property
    def value(self) -> float:
        """The rate of the current iteration."""
        return float(self._optimizer.param_groups[0]["lr"])


class KeepAverage(Hook):
    """Takes the weights into the trainer's average, where it has one, after each step."""

    def after_step(self) -> None:
        """Average in what this iteration made of the weights."""
        if self.loop.average:
            self.loop.average.update(self.loop.model, self.loop.finished)


class ShareNormalizer(Hook):
    """Keeps RetinaNet's running mean, which is no gradient, the same in all processes, so that a resume is exact."""

    def __init__(self, processes: ProcessGroup) -> None:
        self._team = processes

    def after_step(self) -> None:
        """Take the mean of what this iteration made of it."""
        if self._team.size > 1 and hasattr(self.loop.model, NORMALIZER):
            mean = self._team.mean(float(getattr(self.loop.model, NORMALIZER)))
            setattr(self.loop.model, NORMALIZER, mean)


class Agree(Hook):
    """Ends all processes of a training after the same iteration, when the leader ends; registered last.

    A signal that reached another process is passed on to the leader, which then writes a checkpoint first.
    """

    def __init__(self, processes: ProcessGroup, stop: StopSwitch) -> None:
        self._team, self._stop = processes, stop

    def before_train(self) -> None:
        """Wait for the leader, which may have an evaluation to make up for."""
        self._agree()

    def after_step(self) -> None:
        """Wait for the leader, which may have written a checkpoint or evaluated."""
        self._agree()

    def _agree(self) -> None:
        is_over, is_signalled = self._team.any(bool(self.loop.ending), self._stop.signalled)
        if is_over and not self.loop.ending:
            self.loop.ending = "ended by the leader"
        if is_signalled:
            self._stop.note()
