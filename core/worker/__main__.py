"""The worker's command line, `python -m core.worker VERB …`.

    train RUN_FOLDER | evaluate FOLDER | preflight FOLDER | examine MODEL_FOLDER | schema OUT.json
    serve FOLDER                        the warm worker of the pages (core.worker.commands.serve)
    preview REQUEST.json ANSWER.json    one request of the warm worker

A worker first takes its lock, then waits for a device slot, and only then imports torch: ten queued runs take the
memory of one. The exit status is 0 for finished or stopped, 1 for failed, 2 if another worker holds the folder.
"""

import argparse
import faulthandler
import sys
from functools import partial
from pathlib import Path

from core.errors import AppError, ConflictError
from core.training.launch.liveness import hold
from core.training.launch.webhook import announce
from core.training.process.attending import TAKEN, attend, end_with_reason
from core.training.run.folder import RunFolder
from core.worker.commands import verbs
from core.worker.commands.detectron_engine import DETECTRON, Engine
from core.worker.process.failure_handling import end_training
from core.worker.process.warning_filters import hush_libraries


def main(arguments: list[str], engine: Engine = DETECTRON) -> int:
    """Runs one verb and returns the exit status. `engine` does what needs torch."""
    # Writes the stacks to the log if a signal such as SIGSEGV ends the process.
    faulthandler.enable()
    hush_libraries()
    parser = argparse.ArgumentParser(prog="python -m core.worker")
    parsers = parser.add_subparsers(dest="verb", required=True)
    for verb, name in (
        ("train", "run_folder"),
        ("evaluate", "evaluation_folder"),
        ("preflight", "preflight_folder"),
        ("schema", "out"),
        ("examine", "model_folder"),
    ):
        parsers.add_parser(verb).add_argument(name, type=Path)
    preview, serve = parsers.add_parser("preview"), parsers.add_parser("serve")
    preview.add_argument("request", type=Path)
    preview.add_argument("out", type=Path)
    serve.add_argument("folder", type=Path)
    serve.add_argument("--idle-s", type=float, default=300.0)
    args = vars(parser.parse_args(arguments))
    verb = args.pop("verb")
    if verb == "preview":
        return _preview(**args)
    if verb == "serve":
        return _serve(**args)
    (path,) = args.values()
    if verb == "schema":
        from core.worker.model.config_keys import write_schema

        write_schema(path)
        return 0
    if verb == "examine":
        return _examine(path)
    if verb == "evaluate":
        return attend(path, partial(verbs.evaluate, engine), end_with_reason)
    if verb == "preflight":
        return attend(path, partial(verbs.preflight, engine), end_with_reason)
    status = attend(path, partial(verbs.train, engine), end_training)
    if status == 0:  # end_training announces a failure
        announce(RunFolder(path.resolve()))
    return status


def _preview(request: Path, out: Path) -> int:
    """Answers one request of the warm worker, from a file to a file."""
    from core.files import read_json, write_json
    from core.worker.commands.preview import answer

    try:
        write_json(out, answer(read_json(request)))
    except AppError as error:
        print(error.message, error.remedy, file=sys.stderr)
        return 1
    return 0


def _examine(folder: Path) -> int:
    """Examines a custom model that is being added. Writes refused.json if it cannot be used."""
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
        return TAKEN
    from core.worker.commands.preview import answer
    from core.worker.commands.serve import serve
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    serve(folder, {"preview": answer}, idle_s)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
