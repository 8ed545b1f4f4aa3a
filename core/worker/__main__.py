"""The worker's entry: `python -m core.worker train RUN_FOLDER | evaluate FOLDER | preflight FOLDER | schema OUT.json`,

and for the pages `serve FOLDER` (core.worker.commands.serve) and, once, `preview REQUEST.json ANSWER.json`.

A worker takes its lock first, then waits for a device slot, and only then imports torch: a queue of ten runs costs the
memory of one. Exit status 0 for finished or stopped, 1 for failed, 2 where another worker has the folder.
"""

import argparse
import faulthandler
import sys
from functools import partial
from pathlib import Path

from core.errors import AppError, ConflictError
from core.training.launch.liveness import hold
from core.training.launch.webhook import announce
from core.training.run.folder import RunFolder
from core.worker.commands import verbs
from core.worker.commands.detectron_engine import DETECTRON, Engine
from core.worker.process.attending import TAKEN, attend, end_with_reason
from core.worker.process.failure_handling import end_training
from core.worker.process.warning_filters import hush_libraries


def main(arguments: list[str], engine: Engine = DETECTRON) -> int:
    """Run one verb; the exit status. `engine` does what needs torch."""
    # Where a signal such as SIGSEGV ends the process, its stacks are in the log.
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
        return attend(path, partial(verbs.evaluate, engine), end_with_reason)
    if verb == "preflight":
        return attend(path, partial(verbs.preflight, engine), end_with_reason)
    status = attend(path, partial(verbs.train, engine), end_training)
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
        return TAKEN
    from core.worker.commands.preview import answer
    from core.worker.commands.serve import serve
    from core.worker.model.detectron import log_to_stdout

    log_to_stdout()
    serve(folder, {"preview": answer}, idle_s)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
