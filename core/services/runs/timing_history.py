"""Measured times of the workspace's latest runs and checks, for time estimates of new and waiting runs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.errors import DamagedFileError
from core.services.runs import summary as run_state
from core.training.run.folder import RunFolder
from core.training.run.measurements import read_measurements
from core.training.run.time_estimate import Measured
from core.workspace.layout import Layout

# The latest ones show how fast this machine is; reading a year's runs would slow down every click.
_MOST: Final = 20


def timing_history(layout: Layout) -> list[Measured]:
    """Times of the last 20 runs, then of the last 20 preflight checks, each oldest first."""
    runs = _newest(layout.all_of("run"), "status.json")
    checks = _newest(layout.preflights, "result.json")
    return [*_of_runs(runs), *_of_checks(checks)]


def _newest(parent: Path, file: str) -> list[Path]:
    """The folders whose file was written last, newest last."""
    return [path.parent for path in sorted(parent.glob(f"*/{file}"), key=_modified)[-_MOST:]]


def _of_runs(folders: list[Path]) -> Iterator[Measured]:
    for folder in map(RunFolder, folders):
        try:
            recipe, status = run_state.read_recipe(folder), run_state.observe_run(folder).status
        except DamagedFileError:
            continue  # the list of runs shows the damage
        if recipe and (step_s := status.metrics.get("step_s")):
            yield Measured(recipe=recipe, on_gpu=not status.device.startswith("CPU"), step_s=step_s)


def _of_checks(folders: list[Path]) -> Iterator[Measured]:
    for folder in folders:
        try:
            recipe, measured = run_state.read_recipe(RunFolder(folder)), read_measurements(folder)
        except DamagedFileError:
            continue
        if recipe and measured:
            checked = replace(recipe, batch=measured.batch)  # the check may have chosen it
            yield Measured(recipe=checked, on_gpu=measured.on_gpu, step_s=measured.step_s, check=measured)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
