"""What the worker does for train, evaluate and preflight up to the engine: read the request, wait for the device.

Light: torch is imported by the engine, which begins when a device slot is held.
"""

import time

from core.evaluation.spec import read_spec
from core.files import read_json
from core.training.recipe.recipe import recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.measurements import Asked
from core.worker.commands.detectron_engine import Engine
from core.worker.process.device_slot import SlotRequest, wait_for_device
from core.worker.process.status_reporter import Reporter, StopSwitch


def train(engine: Engine, folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    """Train the run of this folder as its recipe says, on as many devices as it wants."""
    recipe, job = recipe_from_json(read_json(folder.recipe)), read_job(folder)
    reporter.update(of_iterations=recipe.iterations)
    wanted = SlotRequest(folder=job.slots, key=job.run, processes=recipe.devices)
    device = wait_for_device(folder, wanted, reporter, stop)
    if device is None:
        return
    if recipe.devices > 1:
        engine.train_in_processes(folder, recipe.devices, device, reporter, stop)
    else:
        engine.train(folder, recipe, job, device, reporter, stop)


def evaluate(engine: Engine, folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    """Evaluate what request.json of this folder asks for: a run's checkpoint or a custom model."""
    spec = read_spec(folder.root)
    run = RunFolder((folder.root / spec.run_folder).resolve()) if spec.run_folder else None
    slots = read_job(run).slots if run else (folder.root / spec.slots).resolve()
    # Before waiting trainings: somebody sits in front of an evaluation.
    device = wait_for_device(folder, SlotRequest(folder=slots, key=folder.root.name, priority=1), reporter, stop)
    if device is not None:
        engine.evaluate(folder, run, spec, device, reporter, stop)


def preflight(engine: Engine, folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    """Measure what a training with the recipe of this folder needs."""
    recipe, job = recipe_from_json(read_json(folder.recipe)), read_job(folder)
    # Short, and somebody sits in front of it.
    device = wait_for_device(folder, SlotRequest(folder=job.slots, key=folder.root.name, priority=1), reporter, stop)
    if device is None:
        return
    is_auto = bool(read_json(folder.root / "request.json")["auto"])
    asked = Asked(recipe=recipe, job=job, is_auto=is_auto, began=time.time())
    engine.preflight(folder, asked, device, reporter, stop)
