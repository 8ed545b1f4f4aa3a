"""The worker's entry: `python -m core.worker train RUN_FOLDER | evaluate FOLDER | preflight FOLDER | schema OUT.json`,

and for the pages `serve FOLDER` (core.worker.commands.serve) and, once, `preview REQUEST.json ANSWER.json`.

A worker takes its lock first, then waits for a device slot, and only then imports torch: a queue of ten runs costs the
memory of one. Exit status 0 for finished or stopped, 1 for failed, 2 where another worker has the folder.
"""

import argparse
import faulthandler
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from core.errors import AppError, ConflictError
from core.training.launch.devices import Device, find_devices, slots_for, together
from core.training.launch.liveness import hold, wait_for_predecessor
from core.training.launch.queue import Ticket, wait_for_slots
from core.training.launch.ray_launcher import JOB_VARIABLE, read_submission
from core.training.launch.webhook import announce
from core.training.recipe.recipe import recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.process.failure_handling import end_training
from core.worker.process.status_reporter import Reporter, StopSwitch
from core.worker.process.warning_filters import hush_libraries

_LOG = logging.getLogger(__name__)
_TAKEN: Final = 2  # exit status where another worker has the folder
_Work = Callable[[RunFolder, Reporter, StopSwitch], None]


def main(arguments: list[str]) -> int:
    """Run one verb; the exit status."""
    # Where a signal such as SIGSEGV ends the process, its stacks are in the log.
    faulthandler.enable()
    hush_libraries()
    parser = argparse.ArgumentParser(prog="python -m core.worker")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, name in (
        ("train", "run_folder"),
        ("evaluate", "evaluation_folder"),
        ("preflight", "preflight_folder"),
        ("schema", "out"),
        ("examine", "model_folder"),
    ):
        verbs.add_parser(verb).add_argument(name, type=Path)
    preview, serve = verbs.add_parser("preview"), verbs.add_parser("serve")
    preview.add_argument("request", type=Path)
    preview.add_argument("out", type=Path)
    serve.add_argument("folder", type=Path)
    serve.add_argument("--idle-s", type=float, default=300.0)
    asked = vars(parser.parse_args(arguments))
    verb = asked.pop("verb")
    if verb == "preview":
        return _preview(**asked)
    if verb == "serve":
        return _serve(**asked)
    (path,) = asked.values()
    if verb == "schema":
        from core.worker.model.config_keys import write_schema

        write_schema(path)
        return 0
    if verb == "examine":
        return _examine(path)
    if verb == "evaluate":
        return _attend(path, _evaluate, _end_with_reason)
    if verb == "preflight":
        return _attend(path, _preflight, _end_with_reason)
    status = _attend(path, _train, end_training)
    if status == 0:  # a failure is told where it is written down
        announce(RunFolder(path.resolve()))
    return status


def _preview(request: Path, out: Path) -> int:
    """Answer one request of the warm worker from a file to a file."""
    from core.files import read_json, write_json
    from core.worker.commands.preview import answer

    try:
        write_json(out, answer(read_json(request)))
    except AppError as error:
        print(error.message, error.remedy, file=sys.stderr)
        return 1
    return 0


def _examine(folder: Path) -> int:
    """Examine a model that is being added; what is wrong with it is left in refused.json."""
    from core.files import write_json
    from core.worker.commands.examine import examine

    try:
        examine(folder)
    except AppError as error:
        write_json(folder / "refused.json", error.as_dict()["error"])
        return 1
    return 0


def _serve(folder: Path, idle_s: float) -> int:
    try:
        hold(folder / "lock")
    except ConflictError as error:
        print(error.message, file=sys.stderr)
        return 2
    from core.worker.commands.preview import answer
    from core.worker.commands.serve import serve
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    serve(folder, {"preview": answer}, idle_s)
    return 0


def _attend(root: Path, work: _Work, end: Callable[[RunFolder, Reporter, StopSwitch, Exception], None]) -> int:
    folder = RunFolder(root.resolve())
    try:
        _take(folder)
    except ConflictError as error:
        print(error.message, file=sys.stderr)
        return _TAKEN
    stop = StopSwitch(folder.stop_request)
    stop.listen()
    reporter = Reporter(folder.status)
    try:
        work(folder, reporter, stop)
    except Exception as error:
        reporter.make_room()
        _LOG.exception("The run failed")
        end(folder, reporter, stop, error)
        return 1
    return 0


def _take(folder: RunFolder) -> None:
    """Make the folder this worker's own. Raises ConflictError where it is another's."""
    job = os.environ.get(JOB_VARIABLE)
    if job is None:
        wait_for_predecessor(folder.status, folder.lock)
        hold(folder.lock)
        return
    submission = read_submission(folder.root)
    if submission is None or submission.job != job:
        raise ConflictError(f"Job {job} was taken back; the run goes on without it.", "")


def _train(folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    from core.files import read_json

    recipe, job = recipe_from_json(read_json(folder.recipe)), read_job(folder)
    reporter.update(of_iterations=recipe.iterations)
    device = _wait(folder, job.slots, job.run, 0, reporter, stop, recipe.devices)
    if device is None:
        return
    if recipe.devices > 1:
        from core.worker.commands.launch_ddp import train_in_processes

        train_in_processes(folder, recipe.devices, device, reporter, stop)
        return
    from core.worker.commands.train import train
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    outcome = train(folder, recipe, job, device, reporter, stop)
    reporter.end(outcome.phase, outcome.reason)


def _evaluate(folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    from core.files import read_json

    request = read_json(folder.root / "request.json")
    run = RunFolder((folder.root / request["run_folder"]).resolve()) if request.get("run_folder") else None
    slots = read_job(run).slots if run else (folder.root / request["slots"]).resolve()
    # Before waiting trainings: somebody sits in front of an evaluation.
    device = _wait(folder, slots, folder.root.name, 1, reporter, stop)
    if device is None:
        return
    from core.worker.commands.evaluate import evaluate
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    evaluate(folder, run, request, device, reporter, stop)


def _preflight(folder: RunFolder, reporter: Reporter, stop: StopSwitch) -> None:
    from core.files import read_json

    recipe, job = recipe_from_json(read_json(folder.recipe)), read_job(folder)
    # Short, and somebody sits in front of it.
    device = _wait(folder, job.slots, folder.root.name, 1, reporter, stop)
    if device is None:
        return
    began = time.time()
    from core.worker.commands.preflight import Asked, check
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    is_auto = bool(read_json(folder.root / "request.json")["auto"])
    check(folder, Asked(recipe, job, is_auto, began), device, reporter, stop)


def _end_with_reason(_folder: RunFolder, reporter: Reporter, _stop: StopSwitch, error: Exception) -> None:
    reporter.fail(error)


def _wait(
    folder: RunFolder,
    slots: Path,
    key: str,
    priority: int,
    reporter: Reporter,
    stop: StopSwitch,
    processes: int = 1,
) -> Device | None:
    """The device, or the GPUs, that this process now holds for good; None where it was stopped while it waited.

    Raises RecipeError where this machine has too few for so many training processes.
    """
    devices = find_devices()
    slots_wanted = slots_for(processes, devices)
    if JOB_VARIABLE in os.environ:  # the cluster has its own queue, and has granted what it shows
        return _use(devices[:slots_wanted], reporter)

    def tell(ahead: int) -> None:
        before = f"{ahead} before it" if ahead > 1 else "one before it"
        reporter.update(reason=f"Waits for its turn on {devices[0].title}: {before}." if ahead else "")

    lock = str(folder.lock.resolve())
    ticket = Ticket(key, lock, reporter.queued, priority, slots_wanted)
    held = wait_for_slots(slots, ticket, devices, stop, tell)
    if not held:
        reporter.end(Phase.STOPPED, "Cancelled before its turn.")
        return None
    return _use(held, reporter)


def _use(held: Sequence[Device], reporter: Reporter) -> Device:
    """The slots as one device, the only one that torch will see."""
    device = together(held)
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    os.environ["CUDA_VISIBLE_DEVICES"] = device.visible
    reporter.update(phase=Phase.STARTING, reason="", device=device.title, activity="loading PyTorch and Detectron2")
    return device


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
