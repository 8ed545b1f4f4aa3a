"""The overhead of a Detdesk run over a bare Detectron2 training loop: one JSON document.

    PYTHONPATH=. .venv/bin/python benchmarks/overhead.py [FOLDER_WITH_LABELS] [--preset quick]

Inside one real run, blocks of its iterations alternate with blocks of Detectron2's `SimpleTrainer` on a second model of
the same configuration, loader and augmentation: ten blocks of 30 each, after 20 of warm-up. The run evaluates and
writes checkpoints outside these blocks. Another run measures their share of a whole run.
"""

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import core.worker  # noqa: F401  before detectron2, which cannot be imported without it

# isort: split
from detectron2.engine import SimpleTrainer
from detectron2.solver import build_optimizer
from detectron2.utils.events import EventStorage
from trials import Trials

from core.actor import COMMAND_LINE, process_actor
from core.progress import say_nothing
from core.services import datasets, training
from core.services.datasets import ImportOptions, make_demo
from core.settings import Settings
from core.training.launch import launcher
from core.training.launch.devices import find_devices
from core.training.launch.liveness import release
from core.training.launch.queue import lock_path
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Recipe, Weights, recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.worker import __main__ as worker
from core.worker.data.augment import training_mapper
from core.worker.data.dataset import PositionStream, open_data, records, training_batches
from core.worker.engine.hooks import Hook
from core.worker.engine.trainer import StoppableTrainer
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from core.worker.model.mixed_precision import InBFloat16, keep_features_single

_WARM_UP: Final = 20
_BLOCKS: Final = 10
_BLOCK: Final = 30
_STUDENT_T: Final = 2.262  # 97.5 % quantile for nine degrees of freedom: ten blocks


class _Nowhere(launcher.LocalLauncher):
    """Starts no process, because this one does the work."""

    def spawn(self, folder: RunFolder) -> None:
        """Leaves the run queued."""


class Alternate(Hook):
    """The last hook: measures iterations of the run, and after each block runs a block of the bare loop."""

    def __init__(self, bare: SimpleTrainer) -> None:
        self._bare = bare
        self._left_at = 0.0
        self.ours: list[list[float]] = [[]]
        self.theirs: list[list[float]] = []

    def after_step(self) -> None:
        """Ends one iteration of the run; at the end of a block the bare loop follows."""
        now = time.perf_counter()
        finished = self.loop.finished
        if finished > _WARM_UP and self._left_at:
            self.ours[-1].append(now - self._left_at)
        if finished == _WARM_UP:
            self._run_bare(_WARM_UP)
        elif finished > _WARM_UP and (finished - _WARM_UP) % _BLOCK == 0:
            self.theirs.append(self._run_bare(_BLOCK))
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
                self._bare.iter += 1
        return took


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--preset", default="quick")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        settings, actor = Settings(workspace=Path(temporary) / "workspace"), process_actor("", COMMAND_LINE)
        labels = args.folder or Path(make_demo(Path(temporary) / "demo")["path"])
        datasets.import_dataset(settings, labels, ImportOptions(name="data"), say_nothing, actor=actor)
        length = _WARM_UP + _BLOCKS * _BLOCK
        request = training.TrainRequest(
            dataset="data",
            preset=args.preset,
            changes=RecipeChanges(weights=Weights(kind="random"), iterations=length, evaluate_every=length),
        )
        run = training.start_run(settings, request, _Nowhere(), actor=actor)
        alternate = _train(RunFolder(settings.workspace / "runs" / run))
        whole = Trials(Path(temporary), Path(temporary) / "log.jsonl").result(
            training.TrainRequest(
                dataset="data", preset=args.preset, name="whole", changes=RecipeChanges(weights=Weights(kind="random"))
            )
        )
    share = {"share_outside_steps": whole["share_outside_steps"], "iterations": whole["iterations"]}
    print(json.dumps(_report(alternate) | {"a_whole_run": share}, indent=2))


def _train(folder: RunFolder) -> Alternate:
    recipe, job = recipe_from_json(json.loads(folder.recipe.read_text())), read_job(folder)
    alternate = Alternate(_bare_trainer(recipe, job.data, list(job.classes)))
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # the bare loop is on the CPU
    with _hooked(alternate):
        status = worker.main(["train", str(folder.root)])
    assert status == 0, folder.status.read_text()
    # This process continues, and the next run needs the slot.
    release(lock_path(job.slots, *find_devices()))
    return alternate


def _bare_trainer(recipe: Recipe, data_folder: Path, classes: list[str]) -> SimpleTrainer:
    """Detectron2's loop without anything of Detdesk."""
    data = open_data(data_folder)
    cfg = make_config(recipe, classes, "cpu", data.fullest())
    stream = PositionStream(records(data, data.split("train")), training_mapper(cfg, recipe), recipe.seed)
    loader = training_batches(stream, recipe.batch, range(10 * recipe.iterations), recipe.data_workers)
    model = build(cfg)
    model.train()
    if cfg.SOLVER.AMP.ENABLED:
        keep_features_single(model.backbone)
    computing = InBFloat16(model) if cfg.SOLVER.AMP.ENABLED else model
    trainer = SimpleTrainer(computing, loader, build_optimizer(cfg, model))
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


def _report(measured: Alternate) -> dict[str, Any]:
    """The ratio of the medians of each pair of blocks, and its 95 % interval from their logarithms (Student's t)."""
    ours = [statistics.median(block) for block in measured.ours[:_BLOCKS]]
    theirs = [statistics.median(block) for block in measured.theirs[:_BLOCKS]]
    logs = [math.log(own / bare) for own, bare in zip(ours, theirs, strict=True)]
    middle, half = statistics.mean(logs), _STUDENT_T * statistics.stdev(logs) / math.sqrt(len(logs))
    return {
        "seconds_an_iteration": round(statistics.median(ours), 4),
        "seconds_an_iteration_bare": round(statistics.median(theirs), 4),
        "ratio": round(math.exp(middle), 4),
        "ratio_95": [round(math.exp(middle - half), 4), round(math.exp(middle + half), 4)],
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
