"""Measures training steps and searches for the largest batch that fits."""

import gc
import time
from collections.abc import Callable, Iterator
from typing import Final

import torch
from detectron2.utils.events import EventStorage

from core.training.failures.diagnosis import diagnose
from core.training.recipe.norm_statistics import usual_statistics
from core.training.recipe.recipe import Recipe, model_of
from core.training.run.measurements import (
    MEMORY_SHARE,
    MOST_IMAGES,
    Trial,
    expected_peak,
    is_slower,
    largest_candidate,
)
from core.worker.data.dataset import Record
from core.worker.data.worst_case_batch import worst_batch
from core.worker.engine.resources import Peak, memory_mib, used_mib
from core.worker.engine.trainer import make_trainer
from core.worker.model.detectron import CfgNode
from core.worker.model.ema import Average
from core.worker.model.norm_statistics import settle_norms

# As at the start of a warm-up: at the full rate, random weights may diverge within two steps.
_RATE_SHARE: Final = 1e-3
_STEPS: Final = 2
_OUT_OF_MEMORY: Final = ("gpu memory", "memory")


class _Feed:
    """A loader that repeats the batch that was set last."""

    def __init__(self) -> None:
        self.batch: list[Record] = []

    def __iter__(self) -> Iterator[list[Record]]:
        while True:
            yield self.batch


class Steps:
    """A trainer that makes single steps with chosen batches."""

    def __init__(self, cfg: CfgNode, recipe: Recipe, model: torch.nn.Module, tell: Callable[[str], None]) -> None:
        """`tell` gets the current activity. It may raise to end the work."""
        self._cfg, self._recipe, self._tell, self._feed = cfg, recipe, tell, _Feed()
        self.on_gpu = cfg.MODEL.DEVICE != "cpu"
        self.trainer = make_trainer(cfg, model, self._feed)
        if recipe.ema:
            self.trainer.average = Average(model, recipe.ema)
        for group in self.trainer.optimizer.param_groups:
            group["lr"] *= _RATE_SHARE
        self.memory_mib = memory_mib(self.on_gpu)

    def step(self, batch: list[Record]) -> float:
        """Makes one step with this batch and returns its seconds."""
        self._feed.batch = batch
        began = time.perf_counter()
        with EventStorage() as self.trainer.storage:
            self.trainer.iter = 0
            self.trainer.run_step()
        if self.trainer.average:
            self.trainer.average.update(self.trainer.model, 1)
        if self.on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter() - began

    def search(self, samples: list[Record]) -> tuple[list[Trial], str]:
        """Tries powers of two until one is too large. Returns the trials and why the search ended."""
        before_mib, trials, batch = used_mib(), list[Trial](), 1
        most = largest_candidate(len(samples))
        while batch <= most:
            # The kernel kills a process that takes too much memory. On a GPU the attempt is harmless.
            if not self.on_gpu and trials and expected_peak(trials, before_mib) > MEMORY_SHARE * self.memory_mib:
                return trials, f"A batch of {batch} would take more memory than there is."
            trial = self.attempt(samples, batch)
            if trial.fits and not self.on_gpu and is_slower(trial, trials):
                why = f"A batch of {batch} takes longer per image than a smaller one."
                return [
                    *trials,
                    Trial(batch=batch, fits=False, peak_mib=trial.peak_mib, step_s=trial.step_s, why=why),
                ], why
            trials.append(trial)
            if not trial.fits:
                return trials, f"A batch of {batch} does not fit: {trial.why}."
            batch *= 2
        return (
            trials,
            "No larger one is tried." if most == MOST_IMAGES else "Larger ones make too few steps per epoch.",
        )

    def attempt(self, samples: list[Record], batch: int) -> Trial:
        """Makes two steps with the worst batch of this size and times the second."""
        self._tell(f"trying a batch of {batch}")
        self._settle_norms(batch)
        peak = Peak(self.on_gpu)
        try:
            with peak:
                worst = worst_batch(samples, batch, self._recipe, self._cfg)
                step_s = [self.step(worst) for _ in range(_STEPS)][-1]
        except (RuntimeError, MemoryError) as error:
            if diagnose(error).key not in _OUT_OF_MEMORY:
                raise
            error.__traceback__ = None  # it holds the tensors of the step
            return Trial(batch=batch, fits=False, peak_mib=peak.mib, step_s=None, why="out of memory")
        finally:
            self._clear()
        fits = peak.mib <= MEMORY_SHARE * self.memory_mib
        return Trial(
            batch=batch,
            fits=fits,
            peak_mib=peak.mib,
            step_s=step_s,
            why="" if fits else "less than a tenth of the memory would be left",
        )

    def _settle_norms(self, batch: int) -> None:
        """Lets the norms train as a run with this batch on each device would: measuring them takes memory."""
        recipe, model = self._recipe, model_of(self._recipe)
        usual, then = (
            usual_statistics(model, recipe.weights.kind, images) for images in (recipe.batch // recipe.devices, batch)
        )
        statistics = then if recipe.norm_statistics == usual else recipe.norm_statistics
        settle_norms(self.trainer.model, statistics, recipe.devices, self.on_gpu)

    def _clear(self) -> None:
        """Frees the memory of the steps."""
        self._feed.batch = []
        self.trainer.optimizer.zero_grad(set_to_none=True)
        gc.collect()
        if self.on_gpu:
            torch.cuda.empty_cache()
