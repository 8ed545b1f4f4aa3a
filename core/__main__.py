"""The command line: `python -m core [--workspace DIR] VERB … [--json]` (contract: docs/cli.md).

One document on standard output, everything else on standard error. Exit 0; 2 for a user's mistake; 1 for a bug of ours.
"""

import json
import logging
import sys
import traceback
from collections.abc import Sequence

from core.cli.parser import parse
from core.cli.text import as_text
from core.cli.verbs import run_verb
from core.errors import AppError


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    wants_json = "--json" in argv
    try:
        outcome = run_verb(parse(argv))
    except AppError as error:
        if wants_json:
            print(json.dumps(error.as_dict(), ensure_ascii=False))
        else:
            print(f"Error: {error.message}", error.remedy, sep="\n", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the one broad handler of this process: records the bug, then says so
        traceback.print_exc()
        if wants_json:
            message = f"A bug in Detdesk: {type(error).__name__}: {error}"
            print(json.dumps(AppError(message, "Please report it with the lines on standard error.").as_dict()))
        return 1
    if wants_json:
        print(json.dumps(outcome.document, ensure_ascii=False, allow_nan=False))
    else:
        print(as_text(outcome.document, outcome.columns) if outcome.text is None else outcome.text)
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
