"""Measures images a second of a run's checkpoint: `python -m gpu_checks.inference_speed RUN_FOLDER IMAGES OUT.json`."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import core.worker  # noqa: F401  before detectron2, which cannot be imported without it

# isort: split
import torch

from core.training.launch.devices import find_devices
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.worker.data.dataset import open_run_data, records
from core.worker.inference.checkpoint_model import run_subject
from core.worker.inference.predict import BATCH, predict
from core.worker.model.config import make_config
from core.worker.model.detectron import use_all_cores


def main(run: RunFolder, count: int) -> dict[str, Any]:
    """Images a second with reading and decoding, in single precision and, on a GPU, in mixed precision."""
    use_all_cores()
    is_on_gpu = find_devices()[0].is_gpu and torch.cuda.is_available()
    speeds = {"single": _speed(run, count, is_on_gpu, is_mixed=False)}
    if is_on_gpu:
        speeds["mixed"] = _speed(run, count, is_on_gpu, is_mixed=True)
    return {"images": count, "images_a_second": speeds}


def _speed(run: RunFolder, count: int, is_on_gpu: bool, is_mixed: bool) -> float:
    job, subject = read_job(run), run_subject(run, "best")
    data = open_run_data(run, job)
    recipe = replace(subject.recipe, mixed_precision=is_mixed)
    cfg = make_config(recipe, list(subject.classes), "cuda" if is_on_gpu else "cpu", data.fullest())
    model = subject.load(cfg)
    every = records(data, data.split("train"))
    samples = [every[place % len(every)] for place in range(count)]
    ticks: list[tuple[int, float]] = []

    def tell(done: int, of: int) -> None:
        ticks.append((done, time.perf_counter()))

    predict(model, cfg, recipe.views, samples, tell, lambda: False)
    # The first batches prepare kernels.
    first, last = ticks[min(1 + 16 // BATCH, len(ticks) - 2)], ticks[-1]
    return round((last[0] - first[0]) / (last[1] - first[1]), 2)


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(main(RunFolder(Path(sys.argv[1])), int(sys.argv[2]))))
