"""What trainings took so far in this workspace, for the time of the next one."""

from dataclasses import replace

from core.errors import DamagedFileError
from core.services.runs import summary as run_state
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.measurements import read_measurements
from core.training.run.time_estimate import Measured
from core.workspace.layout import Layout


def what_was_measured(settings: Settings) -> list[Measured]:
    """Runs, then checks before a training; of both the oldest first."""
    layout = Layout(settings.workspace)
    return [*_runs(layout), *_checks(layout)]


def _runs(layout: Layout) -> list[Measured]:
    found = []
    for path in layout.all_of("run").glob("*/status.json"):
        folder = RunFolder(path.parent)
        try:
            recipe, status = run_state.read_recipe(folder), run_state.observe_run(folder).status
        except DamagedFileError:
            continue  # its line in the list of runs says so
        step_s = status.metrics.get("step_s")
        if recipe and step_s:
            found.append(Measured(recipe=recipe, on_gpu=not status.device.startswith("CPU"), step_s=step_s))
    return found


def _checks(layout: Layout) -> list[Measured]:
    found = []
    for path in sorted(layout.preflights.glob("*/result.json"), key=lambda path: path.stat().st_mtime):
        try:
            recipe, measured = run_state.read_recipe(RunFolder(path.parent)), read_measurements(path.parent)
        except DamagedFileError:
            continue  # the next check takes its place
        if recipe and measured:
            checked = replace(recipe, batch=measured.batch)  # it may have been chosen by the check
            found.append(Measured(recipe=checked, on_gpu=measured.on_gpu, step_s=measured.step_s, check=measured))
    return found
