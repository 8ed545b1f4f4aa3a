"""Trainings with a log of results, one JSON document per line.

An interrupted script continues with the same folder: it does not repeat trials in the log, and it resumes the
interrupted one from its last checkpoint.
"""

import itertools
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.actor import COMMAND_LINE, process_actor
from core.services import datasets, runs, training
from core.services.datasets import ImportOptions, make_demo
from core.settings import Settings
from core.training.launch.devices import CORES_VARIABLE, usable_cores
from core.training.launch.launcher import LocalLauncher
from core.training.run.status import Phase

_ACTOR = process_actor("", COMMAND_LINE)


class Trials:
    """Runs trials one after the other in a workspace below `folder`, and writes their results to `log`.

    `cores` is the number that a training may use; all of them by default.
    """

    def __init__(self, folder: Path, log: Path, cores: int = 0) -> None:
        self.settings = Settings(workspace=folder / "workspace")
        self._folder, self._log, self._cores = folder, log, cores or usable_cores()
        self._launcher = LocalLauncher(environment={**os.environ, CORES_VARIABLE: str(self._cores)})
        folder.mkdir(parents=True, exist_ok=True)

    def dataset(self, name: str, labels: Path | None, split: str = "") -> str:
        """The data set of this name, imported if missing; without `labels` the demo data."""
        if not any(dataset.name == name for dataset in datasets.list_datasets(self.settings)):
            source = labels or Path(make_demo(self._folder / f"{name}-source")["path"])
            datasets.import_dataset(self.settings, source, ImportOptions(name=name, split=split), _tell, actor=_ACTOR)
        return name

    def result(self, request: training.TrainRequest) -> dict[str, Any]:
        """The result of the training with this request (and name), from the log or by running it now.

        `seconds` is from Start to the end, including validations; `curve` is the validation AP at each of them;
        `share_outside_steps` is the share of the time for validations, validation losses and checkpoints.
        """
        for result in self.all():
            if result["name"] == request.name:
                return result
        began = time.time()
        run, is_new = self._started(request)
        ended = runs.wait(self.settings, run, _tell)
        if ended.phase != Phase.FINISHED:
            sys.exit(f"{request.name} has {ended.phase}: {ended.reason} {ended.exception}")
        lines, _ = runs.read_metrics(self.settings, run)
        document = {
            "name": request.name,
            "date": datetime.now(UTC).date().isoformat(),
            "iterations": ended.iteration,
            "seconds": round(time.time() - began, 1) if is_new else None,  # a resumed one says nothing
            "best": ended.to_json()["best"],
            "last": {name: ended.metrics.get(name) for name in ("ap", "ap50", "ap75")},
            "curve": _curve(lines, began),
            "share_outside_steps": round(_share_outside_steps(lines), 4),
            "recipe": ended.to_json()["recipe"],
            "cores": self._cores,
            "load_1_min": round(os.getloadavg()[0], 1),
        }
        with self._log.open("a") as log:
            log.write(json.dumps(document) + "\n")
        return document

    def all(self) -> list[dict[str, Any]]:
        """The results in the log so far."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.is_file() else []

    def _started(self, request: training.TrainRequest) -> tuple[str, bool]:
        """The run of this name, and whether this call started it."""
        for run in runs.list_runs(self.settings):
            if run.name == request.name:
                if run.ended and run.phase != Phase.FINISHED:
                    runs.resume(self.settings, run.run, self._launcher, actor=_ACTOR)
                return run.run, False
        return training.start_run(self.settings, request, self._launcher, actor=_ACTOR), True


class Lanes:
    """One `Trials` per core: the results are the same, and together they finish earlier.

    Their `seconds` are those of one core; with `count` lanes, of a share of the cores. All write to the same log.
    """

    def __init__(self, folder: Path, log: Path, count: int = 0) -> None:
        count = count or usable_cores()
        cores = max(1, usable_cores() // count)
        self._lanes = [Trials(folder / f"lane-{place}", log, cores) for place in range(count)]
        self.settings = self._lanes[0].settings

    def dataset(self, name: str, labels: Path | None, split: str = "") -> str:
        """The data set of this name, in each lane."""
        for lane in self._lanes:
            lane.dataset(name, labels, split)
        return name

    def results(self, requests: Sequence[training.TrainRequest]) -> list[dict[str, Any]]:
        """`Trials.result` of each request, in the order of the requests."""
        count = len(self._lanes)

        def drive(place: int) -> list[dict[str, Any]]:
            return [self._lanes[place].result(request) for request in requests[place::count]]

        with ThreadPoolExecutor(count) as pool:
            parts = list(pool.map(drive, range(count)))
        return [parts[place % count][place // count] for place in range(len(requests))]


def _curve(lines: list[dict[str, Any]], began: float) -> list[list[float]]:
    """[iteration, AP, AP50, seconds since Start] of each validation."""
    evaluations = [line for line in lines if line.get("ap") is not None]
    return [
        [evaluation["iteration"], evaluation["ap"], evaluation["ap50"], round(evaluation["time"] - began, 1)]
        for evaluation in evaluations
    ]


def _share_outside_steps(lines: list[dict[str, Any]]) -> float:
    """The share of the time between the first and the last record without a training step."""
    steps = [line for line in lines if "step_s" in line]
    spent = sum(
        line["step_s"] * (line["iteration"] - before["iteration"]) for before, line in itertools.pairwise(steps)
    )
    return float(1 - spent / (lines[-1]["time"] - steps[0]["time"]))


def _tell(share: float, doing: str) -> None:
    print(f"\r{share:5.0%} {doing:70.70}", end="", file=sys.stderr, flush=True)
