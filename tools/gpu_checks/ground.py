"""What the checks stand on: a workspace with the demo data, the sizes of their trainings, and how these are run."""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from core.actor import COMMAND_LINE, process_actor
from core.progress import say_nothing
from core.services import datasets, runs, training
from core.services.datasets import ImportOptions, make_demo
from core.services.runs import RunDescription
from core.settings import REPOSITORY, Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Weights
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from gpu_checks.report import CheckError, Clock

ACTOR: Final = process_actor("", COMMAND_LINE)
DATA: Final = "demo"
LARGE: Final = "faster_rcnn_R_50_FPN_3x"
_POLL_S: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The lengths and sizes of a form's trainings."""

    images: int  # of the demo data
    quick: RecipeChanges  # of the quick preset
    large: RecipeChanges  # of Faster R-CNN R50-FPN, in blocks beside the bare loop
    warm_up: int
    block: int
    blocks: int
    exact: RecipeChanges  # of the runs that are stopped and killed; long enough for it
    parity: RecipeChanges  # of the run whose checkpoint is evaluated
    speed_images: int  # for inference


# The zoo's R50 has frozen statistics, with which random weights diverge.
FROM_RANDOM: Final = RecipeChanges(model=LARGE, weights=Weights(kind="random"), overrides={"MODEL.RESNETS.NORM": "BN"})
_TINY: Final = RecipeChanges(iterations=4, evaluate_every=4, batch=1, input_sizes=(64,), test_size=64, data_workers=0)
ON_GPU: Final = Sizes(
    images=160,
    quick=RecipeChanges(),
    large=replace(FROM_RANDOM, batch=4, input_sizes=(640,), test_size=640),
    warm_up=20,
    block=30,
    blocks=6,
    exact=RecipeChanges(iterations=200, evaluate_every=200, checkpoint_every_s=1.0),
    parity=RecipeChanges(iterations=250, evaluate_every=250),
    speed_images=400,
)
ON_CPU: Final = Sizes(
    images=24,
    quick=_TINY,
    large=replace(FROM_RANDOM, batch=1, input_sizes=(64,), test_size=64, data_workers=0),
    warm_up=1,
    block=1,
    blocks=2,
    exact=replace(_TINY, iterations=24, evaluate_every=24, checkpoint_every_s=1.0),
    parity=_TINY,
    speed_images=12,
)


class Ground:
    """A workspace below `folder`, and the time that its checks have."""

    def __init__(self, folder: Path, sizes: Sizes, clock: Clock) -> None:
        self.settings = Settings(workspace=folder / "workspace")
        self.sizes, self.clock, self._folder = sizes, clock, folder

    @cached_property
    def data(self) -> str:
        """The name of the demo data, made and imported when it is first asked for."""
        labels = Path(make_demo(self._folder / "demo", images=self.sizes.images)["path"])
        datasets.import_dataset(self.settings, labels, ImportOptions(name=DATA), say_nothing, actor=ACTOR)
        return DATA

    def request(self, name: str, changes: RecipeChanges, **more: Any) -> training.TrainRequest:
        """The request of a training with the quick preset and these changes."""
        return training.TrainRequest(dataset=self.data, preset="quick", name=name, changes=replace(changes, **more))

    def start(self, request: training.TrainRequest, launcher: LocalLauncher | None = None) -> str:
        """The id of a run of this request."""
        return training.start_run(self.settings, request, launcher, actor=ACTOR)

    def folder_of(self, run: str) -> RunFolder:
        """The folder of a run."""
        return runs.run_folder(self.settings, run)

    def wait(self, is_so: Callable[[], bool], what: str) -> None:
        """Waits until it is so. Raises CheckError when the time of the part is over."""
        while not is_so():
            if self.clock.left_s <= 0:
                raise CheckError(f"No time was left for {what}.")
            time.sleep(_POLL_S)

    def end(self, run: str, phase: Phase = Phase.FINISHED) -> RunDescription:
        """The state of a run at its end. Raises CheckError if it ends otherwise; with no time left it is killed."""
        try:
            self.wait(lambda: runs.describe_run(self.settings, run).ended, f"the end of run {run}")
        except CheckError:
            runs.kill(self.settings, run, actor=ACTOR)
            raise
        state = runs.describe_run(self.settings, run)
        if state.phase != phase:
            log = runs.read_log(self.settings, run)[-1500:]
            raise CheckError(f"Run {state.name} is {state.phase}, not {phase}: {state.reason} {state.exception}\n{log}")
        return state

    def train(self, request: training.TrainRequest) -> RunDescription:
        """The state of a run of this request, finished."""
        return self.end(self.start(request))

    def child(self, module: str, *arguments: str, environment: dict[str, str] | None = None) -> Any:
        """The JSON document that a module of this folder writes; its last argument is the file. Raises CheckError."""
        out = self._folder / f"{module}-{time.monotonic_ns()}.json"
        command = [sys.executable, "-m", f"gpu_checks.{module}", *arguments, str(out)]
        self._run(command, environment or {})
        return json.loads(out.read_text())

    def command(self, *arguments: str, environment: dict[str, str] | None = None) -> Any:
        """The document of a verb of the command line. Raises CheckError."""
        base = [sys.executable, "-m", "core", "--workspace", str(self.settings.workspace)]
        return json.loads(self._run([*base, *arguments, "--json"], environment or {}))

    def _run(self, command: list[str], environment: dict[str, str]) -> str:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                cwd=REPOSITORY,
                timeout=max(1.0, self.clock.left_s),
                env={**os.environ, **environment},
            )
        except subprocess.TimeoutExpired:
            raise CheckError(f"No time was left for {' '.join(command[2:4])}.") from None
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[-1500:]
            raise CheckError(f"{' '.join(command[2:])} ended with {done.returncode}: {said}")
        return done.stdout


def pace(settings: Settings, run: str) -> dict[str, Any]:
    """Seconds a step, the share of it that waited for data, and the peak of memory, from the run's own metrics.

    The first records are left out: they hold the start of the loaders and of the GPU's libraries.
    """
    lines = [line for line in runs.read_metrics(settings, run)[0] if "step_s" in line]
    steady = lines[len(lines) // 3 :]
    took, waited = sum(line["step_s"] for line in steady), sum(line["data_s"] for line in steady)
    peak = [line["gpu_memory_mib"] for line in lines if line.get("gpu_memory_mib") is not None]
    return {
        "seconds_a_step": round(statistics.median(line["step_s"] for line in steady), 4),
        "waiting_share": round(waited / took, 4),
        "peak_gpu_mib": round(max(peak), 1) if peak else None,
        "last_loss": lines[-1]["loss/total"],
        "first_loss": lines[0]["loss/total"],
    }


def validation(settings: Settings, run: str) -> dict[str, float]:
    """AP and losses of the last validation: they change with the last bit of a weight."""
    lines = [line for line in runs.read_metrics(settings, run)[0] if line.get("ap") is not None]
    return {name: value for name, value in lines[-1].items() if name.startswith(("ap", "val_loss"))}


def check_losses(figures: dict[str, Any]) -> None:
    """Raises CheckError unless the losses of `pace` are finite."""
    first, last = figures["first_loss"], figures["last_loss"]
    if not (math.isfinite(first) and math.isfinite(last)):
        raise CheckError(f"The loss went from {first} to {last}.")
