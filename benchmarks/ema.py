"""The effect of averaged weights (EMA) on validation AP: plain and averaged weights of each last checkpoint, as JSON.

    PYTHONPATH=. .venv/bin/python benchmarks/ema.py WORKSPACE…

Covers every finished run with averaging in the workspaces (such as the lanes of bccd_accuracy.py). Averaging does not
affect training: without it a run would have ended with exactly these plain weights. Evaluates by the settings of the
recipe, on one core.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any, Final

import torch

from core.evaluation.predictions import choose_images, truth_of
from core.evaluation.scores.scores import Scores, score_boxes
from core.services import runs
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.data.dataset import open_run_data, records
from core.worker.inference.checkpoint_model import run_subject
from core.worker.inference.predict import predict
from core.worker.model.config import make_config

_MEASURES: Final = ("ap", "ap50", "ap75")


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspaces", type=Path, nargs="+", metavar="WORKSPACE")
    torch.set_num_threads(1)
    rows: list[dict[str, Any]] = []
    for workspace in parser.parse_args().workspaces:
        for run in runs.list_runs(Settings(workspace=workspace)):
            folder = RunFolder(workspace / "runs" / run.run)
            if run.phase == Phase.FINISHED and run_subject(folder, "last").recipe.ema:
                rows.append(_row(folder, run.name))
                print(rows[-1], file=sys.stderr, flush=True)
    gains = {name: [row["averaged"][name] - row["own"][name] for row in rows] for name in _MEASURES}
    summary = {
        name: {"mean": round(statistics.fmean(each), 4), "deviation": round(statistics.stdev(each), 4)}
        for name, each in gains.items()
        if len(each) > 1
    }
    print(json.dumps({"runs": rows, "averaged_less_own": summary}, indent=2))


def _row(run: RunFolder, name: str) -> dict[str, Any]:
    subject, data = run_subject(run, "last"), open_run_data(run, read_job(run))
    truth = choose_images(truth_of(data), "val")
    cfg = make_config(subject.recipe, list(subject.classes), "cpu", data.fullest())
    model, samples = subject.load(cfg), records(data, truth.images)
    weights = torch.load(subject.weights, map_location="cpu", weights_only=True)
    row: dict[str, Any] = {"name": name, "ema": subject.recipe.ema}
    for kind, part in (("averaged", "model"), ("own", "raw")):
        model.load_state_dict(weights[part])
        outcomes = predict(model, cfg, subject.recipe.views, samples, lambda done, of: None, lambda: False)
        assert outcomes is not None
        row[kind] = _figures(score_boxes(truth.images, truth.annotations, truth.categories, outcomes.detections))
    return row


def _figures(scores: Scores) -> dict[str, float]:
    return {name: round(getattr(scores, name), 4) for name in _MEASURES}


if __name__ == "__main__":
    main()
