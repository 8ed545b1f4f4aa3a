"""The check before a training: makes its costliest steps, an evaluation and a checkpoint.

Only the measurements are kept: the steps have a tiny learning rate, and the checkpoint is deleted.
"""

import logging
import shutil
import statistics
import time
from typing import Any, Final

import torch

from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder
from core.training.run.measurements import Asked, Measurements, choose, write_measurements
from core.training.run.status import Phase
from core.worker.commands.batch_size_search import Steps
from core.worker.commands.train import training_records
from core.worker.data.dataset import DataVersion, Record, open_run_data, records, training_batches
from core.worker.data.training_stream import training_stream
from core.worker.data.worst_case_batch import worst_records
from core.worker.engine.resources import Peak
from core.worker.inference.predict import predict
from core.worker.model.config import make_config
from core.worker.model.detectron import device_name, use_all_cores
from core.worker.weights.initial_weights import build_for, start_from_weights

_LOG = logging.getLogger(__name__)
_ORDINARY_STEPS: Final = 12
_ORDINARY_LIMIT_S: Final = 20.0


class _StoppedError(Exception):
    """A stop was requested."""


def check(folder: RunFolder, asked: Asked, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    """Checks the recipe, stores the measurements and writes the last status.

    Raises AppError for what the user can mend, MemoryError if not even one image fits, and whatever a step raises.
    """
    try:
        measured = _Check(folder, asked, device, reporter, stop).measure(asked.is_auto)
    except _StoppedError:
        reporter.end(Phase.STOPPED, "Stopped on request.")
        return
    write_measurements(folder.root, measured)
    _LOG.info("%s", measured)
    reporter.end(Phase.FINISHED, "")


class _Check:
    def __init__(self, folder: RunFolder, asked: Asked, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
        """Reads the data and builds the model with its start weights."""
        use_all_cores()
        recipe, job = asked.recipe, asked.job
        self._folder, self._recipe, self._reporter, self._stop = folder, recipe, reporter, stop
        on_gpu = device.is_gpu and torch.cuda.is_available()
        title = device_name(device, on_gpu)
        reporter.update(phase=Phase.RUNNING, activity="building the model", device=title)
        self._data: DataVersion = open_run_data(folder, job)
        self._cfg = make_config(recipe, list(job.classes), "cuda" if on_gpu else "cpu", self._data.fullest())
        self._samples = training_records(self._data, recipe, job, self._cfg)
        model = build_for(recipe, self._cfg)
        start_from_weights(model, folder, recipe, job, reporter, stop)
        self._steps = Steps(self._cfg, recipe, model, self._tell)
        self._start_s = time.time() - asked.began

    def measure(self, is_auto: bool) -> Measurements:
        """Chooses the batch if `is_auto`, then measures what a run with it takes."""
        steps, batch = self._steps, self._recipe.batch // self._recipe.devices
        trials, source = steps.search(self._samples) if is_auto else ([steps.attempt(self._samples, batch)], "")
        # A batch that the user chose is measured even if memory is short; a warning says so.
        chosen = choose(trials) or (None if is_auto else trials[-1])
        if chosen is None or chosen.step_s is None:
            raise MemoryError(f"{'CUDA ' if steps.on_gpu else ''}out of memory with a batch of {trials[-1].batch}")
        step_s, ordinary_mib = self._ordinary(chosen.batch)
        picture_s, evaluating_mib = self._evaluate()
        checkpoint_mib, checkpoint_s = self._save()
        return Measurements(
            batch=chosen.batch * self._recipe.devices,
            on_gpu=steps.on_gpu,
            device=self._reporter.status.device,
            peak_mib=max(chosen.peak_mib, ordinary_mib, evaluating_mib),
            memory_mib=steps.memory_mib,
            step_s=step_s,
            worst_step_s=chosen.step_s,
            picture_s=picture_s,
            start_s=self._start_s,
            checkpoint_mib=checkpoint_mib,
            checkpoint_s=checkpoint_s,
            disk_free_mib=shutil.disk_usage(self._folder.root).free / 2**20,
            trials=tuple(trials),
            batch_source=source,
        )

    def _ordinary(self, batch: int) -> tuple[float, float]:
        """Seconds of an ordinary iteration, with its wait for data, and the peak of memory in MiB."""
        stream = training_stream(self._samples, self._cfg, self._recipe)
        loader = training_batches(stream, batch, range(_ORDINARY_STEPS), self._recipe.data_workers)
        times = list[float]()
        with Peak(self._steps.on_gpu) as peak:
            began = start = time.perf_counter()
            for images in loader:
                self._tell(f"timing a batch of {batch}")
                self._steps.step(images)
                start, before = time.perf_counter(), start
                times.append(start - before)
                if start - began > _ORDINARY_LIMIT_S:
                    break
        # The first waits for the loaders to start. On a CPU the next ones prepare kernels for new sizes.
        return statistics.median(times[len(times) // 2 :]), peak.mib

    def _evaluate(self) -> tuple[float, float]:
        """Seconds per image in evaluation and the peak of memory in MiB, on the largest and the most crowded image."""
        self._tell("evaluating two images")
        images: list[Record] = records(self._data, self._data.split("val"), masks=self._cfg.MODEL.MASK_ON)
        two = worst_records(images or self._samples, 2, self._cfg.INPUT.MAX_SIZE_TEST)
        began = time.perf_counter()
        with Peak(self._steps.on_gpu) as peak:
            model = self._steps.trainer.model_in_use
            outcomes = predict(model, self._cfg, self._recipe.views, two, lambda done, of: None, self._stop, True)
        if outcomes is None:
            raise _StoppedError
        return (time.perf_counter() - began) / len(two), peak.mib

    def _save(self) -> tuple[float, float]:
        """MiB and seconds of a checkpoint, which is written to the check's folder and deleted again."""
        self._tell("writing a checkpoint")
        trainer, path = self._steps.trainer, self._folder.root / "checkpoint.part"
        began = time.perf_counter()
        try:
            content: dict[str, Any] = {"model": trainer.model_in_use.state_dict(), **trainer.state()}
            torch.save(content, path)
            return path.stat().st_size / 2**20, time.perf_counter() - began
        finally:
            path.unlink(missing_ok=True)

    def _tell(self, activity: str) -> None:
        if self._stop():
            raise _StoppedError
        self._reporter.tick(activity=activity)
