"""A Detdesk run beside a bare Detectron2 loop, in one process: blocks of iterations of the two take turns.

Both train the same configuration with the same loader and augmentation, on the CPU or a GPU. Only neighbouring blocks
are compared, because machines are noisy and their speed drifts. benchmarks/overhead.py and tools/gpu_check.py use it.
"""

import json
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import core.worker  # noqa: F401  before detectron2, which cannot be imported without it

# isort: split
import torch
from detectron2.engine import SimpleTrainer
from detectron2.engine.train_loop import AMPTrainer
from detectron2.solver import build_optimizer
from detectron2.utils.events import EventStorage

from core.training.launch.devices import find_devices
from core.training.launch.liveness import release
from core.training.launch.queue import lock_path
from core.training.recipe.recipe import Recipe, recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import Job, read_job
from core.worker import __main__ as worker
from core.worker.data.augment import training_mapper
from core.worker.data.dataset import PositionStream, open_data, records, training_batches
from core.worker.engine.hooks import Hook
from core.worker.engine.trainer import StoppableTrainer
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from core.worker.model.mixed_precision import InBFloat16, keep_features_single

# 97.5 % quantiles of Student's t, by the number of blocks.
_STUDENT_T: Final = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}


class Alternate(Hook):
    """The last hook of a run: measures its iterations, and after each block runs a block of the bare loop."""

    def __init__(self, bare: SimpleTrainer, warm_up: int, block: int) -> None:
        self._bare, self._warm_up, self._block = bare, warm_up, block
        self._left_at = 0.0
        self.bare_weights_mib = sum(weight.nbytes for weight in bare.model.parameters()) / 2**20
        self.ours: list[list[float]] = [[]]
        self.theirs: list[list[float]] = []
        self.waited: list[float] = []  # for data, in the run's steps
        self.waited_bare: list[float] = []

    def after_step(self) -> None:
        """Ends one iteration of the run; at the end of a block the bare loop follows."""
        now = time.perf_counter()
        finished = self.loop.finished
        if finished > self._warm_up and self._left_at:
            self.ours[-1].append(now - self._left_at)
            self.waited.append(_waited(self.loop.storage))
        if finished == self._warm_up:
            self._run_bare(self._warm_up)
            self.waited_bare.clear()
        elif finished > self._warm_up and (finished - self._warm_up) % self._block == 0:
            self.theirs.append(self._run_bare(self._block))
            self.ours.append([])
        self._left_at = time.perf_counter()

    def _run_bare(self, count: int) -> list[float]:
        took = []
        with EventStorage(self._bare.iter) as self._bare.storage:
            for _ in range(count):
                began = time.perf_counter()
                self._bare.before_step()
                self._bare.run_step()
                self._bare.after_step()
                took.append(time.perf_counter() - began)
                self.waited_bare.append(_waited(self._bare.storage))
                self._bare.iter += 1
        return took


def _waited(storage: EventStorage) -> float:
    return float(storage.latest()["data_time"][0])


def train_beside_bare_loop(folder: RunFolder, warm_up: int, block: int) -> Alternate:
    """Trains a queued run in this process, on its first device, and the bare loop between its blocks.

    The run's length is to be `warm_up` and a multiple of `block`. Raises RuntimeError if it does not finish.
    """
    recipe, job = recipe_from_json(json.loads(folder.recipe.read_text())), read_job(folder)
    devices = find_devices()
    is_on_gpu = devices[0].is_gpu and torch.cuda.is_available()
    alternate = Alternate(_bare_trainer(recipe, job, "cuda" if is_on_gpu else "cpu"), warm_up, block)
    with _hooked(alternate):
        status = worker.main(["train", str(folder.root)])
    # This process goes on, and the next run needs the slot.
    release(lock_path(job.slots, devices[0]))
    if status != 0:
        raise RuntimeError(folder.status.read_text())
    return alternate


def _bare_trainer(recipe: Recipe, job: Job, device: str) -> SimpleTrainer:
    """Detectron2's loop without anything of Detdesk."""
    data = open_data(job.data)
    cfg = make_config(recipe, list(job.classes), device, data.fullest())
    stream = PositionStream(records(data, data.split("train")), training_mapper(cfg, recipe), recipe.seed)
    loader = training_batches(stream, recipe.batch, range(10 * recipe.iterations), recipe.data_workers)
    model = build(cfg)
    model.train()
    is_mixed = cfg.SOLVER.AMP.ENABLED
    if is_mixed and device == "cpu":
        keep_features_single(model.backbone)
    computing = InBFloat16(model) if is_mixed and device == "cpu" else model
    kind = AMPTrainer if is_mixed and device != "cpu" else SimpleTrainer
    trainer: SimpleTrainer = kind(computing, loader, build_optimizer(cfg, model))
    trainer.iter = 0
    return trainer


@contextmanager
def _hooked(alternate: Alternate) -> Iterator[None]:
    """Adds a hook to the trainer of the run, after all other hooks."""
    before_train = StoppableTrainer.before_train

    def with_one_more(trainer: StoppableTrainer) -> None:
        trainer.register_hooks([alternate])
        before_train(trainer)

    StoppableTrainer.before_train = with_one_more
    try:
        yield
    finally:
        StoppableTrainer.before_train = before_train


def compared(measured: Alternate, blocks: int) -> dict[str, Any]:
    """The ratio of the medians of each pair of blocks, and its 95 % interval from their logarithms (Student's t)."""
    ours = [statistics.median(block) for block in measured.ours[:blocks]]
    theirs = [statistics.median(block) for block in measured.theirs[:blocks]]
    logs = [math.log(own / bare) for own, bare in zip(ours, theirs, strict=True)]
    middle, half = statistics.mean(logs), _STUDENT_T[blocks] * statistics.stdev(logs) / math.sqrt(blocks)
    return {
        "seconds_an_iteration": round(statistics.median(ours), 4),
        "seconds_an_iteration_bare": round(statistics.median(theirs), 4),
        "ratio": round(math.exp(middle), 4),
        "ratio_95": [round(math.exp(middle - half), 4), round(math.exp(middle + half), 4)],
    }


def waiting_shares(measured: Alternate, blocks: int) -> dict[str, float]:
    """The share of the steps' time in which the run and the bare loop waited for data, 0 to 1.

    The loaders of each prepare images while the other computes, so both wait less than they would alone.
    """

    def share(waited: Sequence[float], took: Sequence[Sequence[float]]) -> float:
        return round(sum(waited) / max(1e-9, sum(map(sum, took))), 4)

    return {
        "waiting_share": share(measured.waited, measured.ours[:blocks]),
        "waiting_share_bare": share(measured.waited_bare, measured.theirs[:blocks]),
    }
