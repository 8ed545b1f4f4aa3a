"""Opens COCO JSON files that may be hostile or broken."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from core.errors import AppError

LISTS: Final = ("images", "annotations", "categories")
# Ids of a few dozen digits are hashes and must stay exact; nothing longer is an id.
_DIGITS: Final = 200


class DocumentError(AppError):
    """A file cannot be read as COCO JSON. `line` is where its JSON is broken, 0 for any other fault."""

    def __init__(self, message: str, remedy: str, line: int = 0) -> None:
        """Keeps the line beside the message."""
        super().__init__(message, remedy)
        self.line = line


def read_json(path: Path, name: str, limit_bytes: int, remedy: str, read: Callable[[], bytes] | None = None) -> Any:
    """Reads a JSON file, called `name` in messages. Raises DocumentError if it is too large, unreadable or no JSON.

    `read` gives its content, where that is not to be taken as it is.
    """
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            raise DocumentError(f"{name} has {size:,} bytes; {limit_bytes:,} are allowed.", "Split the file.")
        return parse(read() if read else path.read_bytes())
    except OSError as error:
        raise DocumentError(f"{name} cannot be read: {error.strerror}.", "Check the path.") from error
    except json.JSONDecodeError as error:
        message = f"{name} is no JSON: line {error.lineno} is broken ({error.msg})."
        raise DocumentError(message, remedy, error.lineno) from error
    except (ValueError, RecursionError) as error:
        # ValueError: no UTF-8.
        raise DocumentError(f"{name} is no JSON: {error}.", remedy) from error


def read_coco(path: Path, name: str, limit_bytes: int, remedy: str) -> dict[str, list[Any]]:
    """The three lists of a COCO file. Raises DocumentError, also if one of them is missing."""
    document = read_json(path, name, limit_bytes, remedy)
    if not isinstance(document, dict):
        raise DocumentError(f"{name} holds no JSON object.", remedy)
    for key in LISTS:
        if not isinstance(document.get(key), list):
            raise DocumentError(f"{name}: has no `{key}`, expected a list of objects.", remedy)
    return {key: document[key] for key in LISTS}


def parse(content: bytes | str) -> Any:
    """The value of a JSON text; integers too long to be ids become floats.

    Raises ValueError (UnicodeDecodeError, JSONDecodeError) and RecursionError.
    """
    try:
        return json.loads(content)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        # Python refuses integers of thousands of digits. Only such a file pays for a function call per integer.
        return json.loads(content, parse_int=_integer)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)
