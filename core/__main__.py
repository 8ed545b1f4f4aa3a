"""The command line: `python -m core [--workspace DIR] VERB … [--json]` (contract: docs/cli.md).

One document on standard output, everything else on standard error. Exit 0; 2 for a user's mistake; 1 for a bug of ours.
"""

import logging
import sys
import traceback
from collections.abc import Sequence

from core.cli import program
from core.cli.streams import printable_streams, run_program
from core.cli.text import as_json, as_text
from core.errors import AppError
from core.storage_errors import as_app_error


def main(argv: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    with printable_streams():
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
        return _run(argv, wants_json="--json" in argv)


def _run(argv: Sequence[str], wants_json: bool) -> int:
    try:
        outcome = program.run(argv)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the one broad handler of this process: logs the bug and reports it
        if (mistake := as_app_error(error)) is not None:
            return _refuse(mistake, wants_json)
        traceback.print_exc()
        if wants_json:
            message = f"A bug in Detdesk: {type(error).__name__}: {error}"
            print(as_json(AppError(message, "Please report it with the lines on standard error.").as_dict()))
        return 1
    if outcome is None:
        return 0
    if wants_json:
        print(as_json(outcome.document))
    else:
        print(as_text(outcome.document, outcome.columns) if outcome.text is None else outcome.text)
    return outcome.exit_code


def _refuse(error: AppError, wants_json: bool) -> int:
    if wants_json:
        print(as_json(error.as_dict()))
    else:
        print(f"Error: {error.message}", error.remedy, sep="\n", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(run_program(main, sys.argv[1:]))
