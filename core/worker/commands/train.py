"""Trains one run."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from core.errors import RecipeError
from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.training.run.status import Phase
from core.worker.data.dataset import (
    DataVersion,
    PositionStream,
    Record,
    open_run_data,
    records,
    register,
    training_batches,
)
from core.worker.data.gpu_prefetch import DeviceBatches
from core.worker.data.training_stream import training_stream
from core.worker.engine.checkpoint_hook import Schedule, ValidateAndKeep
from core.worker.engine.distributed import ALONE, ProcessGroup
from core.worker.engine.environment import note_environment
from core.worker.engine.hooks import Agree, KeepAverage, LearningRate, SeedByIteration, ShareNormalizer
from core.worker.engine.leftovers import clear_left_overs
from core.worker.engine.metrics_hook import MetricsSink, Watch
from core.worker.engine.trainer import StoppableTrainer, make_trainer
from core.worker.engine.validator import Validator
from core.worker.engine.watchdog import Watchdog, awaited
from core.worker.model.config import make_config
from core.worker.model.detectron import CfgNode, device_name, use_all_cores
from core.worker.model.ema import Average
from core.worker.process.failure_handling import end_training, note_mended
from core.worker.weights.checkpoints import CheckpointStore
from core.worker.weights.initial_weights import build_for, start_from_weights
from core.worker.weights.model_zoo import DownloadStoppedError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, for its status."""

    phase: Phase
    reason: str


def train(
    folder: RunFolder,
    recipe: Recipe,
    job: Job,
    device: Device,
    reporter: Reporter,
    stop: StopSwitch,
    processes: ProcessGroup = ALONE,
    on_hang: Callable[[Exception], None] | None = None,
) -> Outcome:
    """Trains from the last checkpoint, or from the start weights if there is none, until the run finishes or stops.

    In a process group this runs in rank 0; the other ranks run core.worker.commands.train_rank. `on_hang` ends a
    training that hangs (default: end_training).

    Raises AppError for what the user can mend (no images, weights, settings), and whatever training raises.
    """
    use_all_cores()
    on_gpu = device.is_gpu and torch.cuda.is_available()
    title = processes.named(device_name(device, on_gpu), on_gpu)
    reporter.update(phase=Phase.STARTING, activity="reading the data set", device=title)
    data = open_run_data(folder, job)
    cfg = make_config(recipe, list(job.classes), "cuda" if on_gpu else "cpu", data.fullest())
    folder.root.joinpath("config.yaml").write_text(cfg.dump())
    samples = training_records(data, recipe, job, cfg)
    reporter.update(pictures=len(samples))
    clear_left_overs(folder)
    store = CheckpointStore(folder, list(job.classes))
    try:
        trainer, stream, start = _prepare(folder, cfg, recipe, job, samples, store, reporter, stop, processes)
    except DownloadStoppedError:
        processes.from_rank_zero(None)
        return Outcome(Phase.STOPPED, "Stopped on request while the weights were downloaded.")
    if store.mended:
        note_mended(reporter, "checkpoint", "The last checkpoint could not be read.", store.mended, start)
    validator = Validator(data, cfg, recipe.views, reporter, stop, folder.samples)
    precision = "mixed" if cfg.SOLVER.AMP.ENABLED else "single"
    _LOG.info("%d images to train on, %d to validate on", len(samples), validator.images)
    _LOG.info("%s, %s precision", title, precision)
    note_environment(folder, cfg, job, title, start)
    processes.from_rank_zero(start)
    trainer.join(processes, start, on_gpu)
    sink = MetricsSink(folder, reporter, start)
    _hook(trainer, cfg, recipe, store, validator if validator.images else None, sink, stop, processes)
    length = cfg.SOLVER.MAX_ITER
    reporter.update(phase=Phase.RUNNING, iteration=start, of_iterations=length, activity="training", best=store.figures)
    watchdog = Watchdog(
        reporter,
        recipe.hang_after_s,
        lambda: awaited(trainer, stream, recipe, reporter.status.activity),
        on_hang or (lambda error: end_training(folder, reporter, stop, error)),
    )
    try:
        with watchdog:
            trainer.train(start, length)
    finally:
        sink.close()
    return _outcome(trainer)


def _prepare(
    folder: RunFolder,
    cfg: CfgNode,
    recipe: Recipe,
    job: Job,
    samples: list[Record],
    store: CheckpointStore,
    reporter: Reporter,
    stop: StopSwitch,
    processes: ProcessGroup,
) -> tuple[StoppableTrainer, PositionStream, int]:
    """The trainer with the last checkpoint or the start weights, its samples, its finished iterations."""
    checkpoint = store.open()
    start = int(checkpoint["iteration"]) if checkpoint else 0
    model = build_for(recipe, cfg)
    if not checkpoint:
        start_from_weights(model, folder, recipe, job, reporter, stop)
    stream = training_stream(samples, cfg, recipe)
    trainer = make_trainer(cfg, model, rank_batches(stream, cfg, recipe, start, processes))
    if recipe.ema:
        trainer.average = Average(model, recipe.ema)
    if checkpoint:
        _LOG.info("Going on from the checkpoint of iteration %d", start)
        trainer.restore(checkpoint)
    return trainer, stream, start


def _hook(
    trainer: StoppableTrainer,
    cfg: CfgNode,
    recipe: Recipe,
    store: CheckpointStore,
    validator: Validator | None,
    sink: MetricsSink,
    stop: StopSwitch,
    processes: ProcessGroup,
) -> None:
    every = cfg.TEST.EVAL_PERIOD
    rate = LearningRate(cfg, trainer.optimizer, recipe.rate_until)
    schedule = Schedule(
        every=every,
        checkpoint_every_s=recipe.checkpoint_every_s,
        patience=recipe.patience,
        keep_every=recipe.keep_every,
        extended_at=recipe.extended_at,
    )
    keep = ValidateAndKeep(store, validator, sink, stop, schedule)
    watch = Watch(sink, rate, validator, every)
    seeds, shared, agree = SeedByIteration(recipe.seed, processes), ShareNormalizer(processes), Agree(processes, stop)
    trainer.register_hooks([seeds, rate, shared, KeepAverage(), watch, keep, agree])


def rank_batches(stream: PositionStream, cfg: CfgNode, recipe: Recipe, start: int, processes: ProcessGroup) -> Any:
    """A loader of this rank's part of the batches after `start` finished iterations."""
    iterations = range(start, cfg.SOLVER.MAX_ITER)
    batch, ahead = cfg.SOLVER.IMS_PER_BATCH, recipe.pictures_ahead
    on_gpu = cfg.MODEL.DEVICE != "cpu"
    batches = training_batches(
        stream, batch, iterations, recipe.data_workers, ahead, processes.rank, processes.size, pin=on_gpu
    )
    return DeviceBatches(batches, torch.device(cfg.MODEL.DEVICE)) if on_gpu else batches


def training_records(data: DataVersion, recipe: Recipe, job: Job, cfg: CfgNode) -> list[Record]:
    """The images to train on. Raises RecipeError if there are none or the data has other classes."""
    if data.classes != list(job.classes):
        raise RecipeError(
            f"The run is for the classes {', '.join(job.classes)}, but the data set has {', '.join(data.classes)}.",
            "Start a new run on this data set.",
        )
    images = data.split("train", recipe.keep_background)
    if images.empty:
        raise RecipeError("The training split has no labelled image.", "Import the data set with another split.")
    name = f"{job.dataset}/{job.version}/train"
    return register(name, data.classes, lambda: records(data, images, masks=cfg.MODEL.MASK_ON))


def _outcome(trainer: StoppableTrainer) -> Outcome:
    if trainer.ending == "stopped":
        reason = f"Stopped on request after iteration {trainer.finished}; a checkpoint was written."
        return Outcome(Phase.STOPPED, reason)
    return Outcome(Phase.FINISHED, trainer.ending)
