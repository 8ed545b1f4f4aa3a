"""The part of train, evaluate and preflight before the engine: read the request, wait for the device.

Does not import torch: the engine does, after the worker got a device slot.
"""

import time

from core.evaluation.spec import read_spec
from core.files import read_json
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.measurements import Asked
from core.worker.commands.detectron_engine import Engine
from core.worker.process.device_slot import SlotRequest, wait_for_device


def train(engine: Engine, folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    """Trains the run of this folder by its recipe, on as many devices as it asks for."""
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
    """Evaluates the run's checkpoint or the custom model in the folder's request.json."""
    spec = read_spec(folder.root)
    run = RunFolder((folder.root / spec.run_folder).resolve()) if spec.run_folder else None
    slots = read_job(run).slots if run else (folder.root / spec.slots).resolve()
    # Before waiting trainings, because a user waits for the evaluation.
    device = wait_for_device(folder, SlotRequest(folder=slots, key=folder.root.name, priority=1), reporter, stop)
    if device is not None:
        engine.evaluate(folder, run, spec, device, reporter, stop)


def preflight(engine: Engine, folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    """Measures what a training with the recipe of this folder needs."""
    recipe, job = recipe_from_json(read_json(folder.recipe)), read_job(folder)
    # Before waiting trainings: it is short, and a user waits for it.
    device = wait_for_device(folder, SlotRequest(folder=job.slots, key=folder.root.name, priority=1), reporter, stop)
    if device is None:
        return
    is_auto = bool(read_json(folder.root / "request.json")["auto"])
    asked = Asked(recipe=recipe, job=job, is_auto=is_auto, began=time.time())
    engine.preflight(folder, asked, device, reporter, stop)
