"""The real worker with a training that only waits: `python -m tests.factories.workers.tiny_worker train RUN_FOLDER`.

Lock, recipe, job, queue, devices, status and end are those of the product; there is no torch. TINY_STEP_S is the length
of an iteration (default 0.02). TINY_DEV is a folder in place of /dev (see `made_up_gpus`); without it there are no
GPUs.
"""

import os
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.files import write_json
from core.training.launch import launcher as launch
from core.training.launch.devices import Device, find_devices
from core.training.launch.launcher import LocalLauncher
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe
from core.training.run.checkpoints import find_checkpoint, write_index
from core.training.run.folder import RunFolder
from core.training.run.job import Job, write_job
from core.training.run.status import Phase
from core.worker.__main__ import main
from core.worker.commands.detectron_engine import DETECTRON
from core.worker.process import device_slot
from tests.factories.workers.made_up_nvml import asks_nobody

(CPU,) = find_devices({"CUDA_VISIBLE_DEVICES": ""})


def tiny_launcher(step_s: float = 0.02, dev: Path | None = None) -> LocalLauncher:
    """Launches this worker instead of the real one, on the CPU or on the GPUs of `dev`."""
    command = (sys.executable, "-m", "tests.factories.workers.tiny_worker", "train")
    environment = {**os.environ, "TINY_STEP_S": str(step_s), "CUDA_VISIBLE_DEVICES": ""}
    if dev:
        del environment["CUDA_VISIBLE_DEVICES"]
        environment["TINY_DEV"] = str(dev)
    return LocalLauncher(command, environment)


def made_up_gpus(root: Path, count: int) -> Path:
    """A folder with the device nodes of this many GPUs."""
    dev = root / "dev"
    dev.mkdir()
    for number in range(count):
        (dev / f"nvidia{number}").touch()
    return dev


def gpus_of(dev: Path) -> tuple[Device, ...]:
    """The device slots that a worker finds there."""
    return find_devices({}, nodes=dev, driver=dev, ask=asks_nobody)


def make_run(workspace: Path, run: str = "r-234567", iterations: int = 1000, devices: int = 1) -> RunFolder:
    """A run's folder before the launch: recipe and job, as far as they concern the worker's queue and loop."""
    folder = RunFolder(workspace / "runs" / run)
    folder.root.mkdir(parents=True)
    write_json(folder.root / "run.json", {"id": run, "name": run, "created": time.time()})
    set_recipe(folder, iterations, devices)
    job = Job(
        run=run,
        name=run,
        dataset="d-234567",
        version="v1",
        data=workspace / "datasets" / "d-234567" / "versions" / "v1",
        slots=workspace / "slots",
        weights_cache=workspace / "cache" / "weights",
        weights_file=None,
        classes=("red", "blue"),
    )
    write_job(folder, job)
    return folder


def set_recipe(folder: RunFolder, iterations: int, devices: int = 1) -> None:
    """Writes a recipe of this length on this many devices."""
    recipe = replace(make_recipe(find_preset("quick"), 8, RecipeChanges(iterations=iterations)), devices=devices)
    write_json(folder.recipe, recipe.to_json())


def start_tiny(folder: RunFolder, iterations: int, launcher: LocalLauncher | None = None, devices: int = 1) -> None:
    """Starts the run with this length on this many devices, with the tiny worker."""
    set_recipe(folder, iterations, devices)
    launch.start(folder, iterations, launcher or tiny_launcher())


def note(folder: RunFolder, text: str) -> None:
    """Adds a line to the trace of all workers of a workspace."""
    with (folder.root.parent.parent / "trace.txt").open("ab", buffering=0) as trace:
        trace.write(f"{text} {folder.root.name}\n".encode())


def trace_of(workspace: Path) -> list[str]:
    """The lines of the trace so far."""
    path = workspace / "trace.txt"
    return path.read_text().splitlines() if path.exists() else []


def _iterate(folder: RunFolder, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    """Stands for `core.worker.commands.train.train`: as many iterations as the status says, each a short sleep."""
    note(folder, "begins")
    length = reporter.status.of_iterations
    done = checkpoint.iteration if (checkpoint := find_checkpoint(folder, "last")) else 0
    while done < length and not stop():
        time.sleep(float(os.environ.get("TINY_STEP_S", "0.02")))
        done += 1
        if done % 5 == 0:
            _keep(folder, done)
        reporter.update(phase=Phase.RUNNING, iteration=done, device=device.title, activity="training")
    _keep(folder, done)
    if done == length:
        reporter.end(Phase.FINISHED, "")
    else:
        reporter.end(Phase.STOPPED, f"Stopped on request after iteration {done}; a checkpoint was written.")
    note(folder, "ends")


def _train(folder: RunFolder, _recipe: Recipe, _job: Job, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    _iterate(folder, device, reporter, stop)


def _train_in_processes(
    folder: RunFolder, _processes: int, device: Device, reporter: Reporter, stop: StopSwitch
) -> None:
    _iterate(folder, device, reporter, stop)


def _keep(folder: RunFolder, done: int) -> None:
    folder.checkpoints.mkdir(exist_ok=True)
    (folder.checkpoints / "last.pth").write_bytes(b"no weights in here")
    write_index(folder.checkpoints, last=done, best=None)


ENGINE = replace(DETECTRON, train=_train, train_in_processes=_train_in_processes)

if __name__ == "__main__":
    note(RunFolder(Path(sys.argv[-1])), "started")
    if "TINY_DEV" in os.environ:
        place = Path(os.environ["TINY_DEV"])
        device_slot.find_devices = partial(find_devices, nodes=place, driver=place, ask=asks_nobody)
    sys.exit(main(sys.argv[1:], ENGINE))
