"""Reads the workspace's files, and raises one error for every kind of damage. Anyone may import this.

A missing file raises FileNotFoundError, because its meaning depends on the reader. Any other fault (a file that is
empty, cut off, full of zeros or no UTF-8, a folder in its place, a failing disk, another type in a field) raises
DamagedFileError with the path, the reason and a remedy.
"""

import errno
import json
import math
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.errors import AppError, DamagedFileError
from core.shapes import built

if TYPE_CHECKING:
    import numpy.typing as npt

_T = TypeVar("_T")
# The largest JSON files of a workspace name every image of a data set. A larger file is something else.
_LARGEST_BYTES: Final = 256 * 2**20
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
# Exceptions that mean no more than a value of another type or form than its reader expects.
_UNFIT: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, AppError)
_UNREADABLE_ARRAYS: Final = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, SyntaxError, MemoryError, OverflowError, NotImplementedError),
    *(RuntimeError, zipfile.BadZipFile, zlib.error),
)
_BACKUP: Final = "Put the file back from a backup"
# The general remedy for a damaged file, by its name or by the folder of the workspace that holds it.
_REMEDIES: Final = {
    "runs": f"{_BACKUP}, or delete the run.",
    "trash": f"{_BACKUP}, or delete the run for good.",
    "evaluations": f"{_BACKUP}, or evaluate again and remove the folder of this evaluation.",
    "datasets": f"{_BACKUP}, or import the data set again under the same name.",
    "models": f"{_BACKUP}, or add the model again and remove the folder of this one.",
    "preflights": "Check the training again.",
    "sweeps": f"{_BACKUP}, or start another sweep and remove the folder of this one. Its runs stay.",
    "cluster.json": f"{_BACKUP}, or remove it once the cluster has no job of this run any more.",
    "slots": "Remove the file: it is made anew.",
    "cache": "Remove the file: it is made anew.",
}
# Files that `python -m core rebuild` makes anew, by the folder that holds them.
REBUILT: Final = {
    "runs": ("run.json", "status.json"),
    "evaluations": ("evaluation.json", "status.json"),
    "datasets": ("dataset.json",),
    "models": ("model.json",),
}
# Files that it moves aside, because a run or data set can do without them.
PUT_ASIDE: Final = {
    "runs": (
        *("notes.json", "thresholds.json", "temperatures.json", "environment.json", "weights.json"),
        *("repaired_from.json", "repaired_by.json", "curves.npz", "metrics.jsonl", "log.txt", "history.jsonl"),
    ),
    "datasets": ("decisions", "openings"),
    "models": ("thresholds.json", "temperatures.json"),
    "evaluations": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Damage to an object of the workspace: the file's name, the reason and the remedy."""

    file: str
    reason: str
    remedy: str

    @classmethod
    def of(cls, error: DamagedFileError) -> "Damage":
        """The damage that an error reports."""
        return cls(file=error.file, reason=error.reason, remedy=error.remedy)

    @property
    def words(self) -> str:
        """The file and the reason, as a list shows them."""
        return f"damaged: {self.file} ({self.reason})"

    def to_json(self) -> dict[str, str]:
        """The object for `--json`."""
        return asdict(self)


def damaged(path: Path, reason: str) -> DamagedFileError:
    """The error for a damaged file: it names the path within the workspace and the remedy for that path."""
    parts = path.parts
    start = max((index for index, part in enumerate(parts[:-1]) if part in _REMEDIES), default=len(parts) - 2)
    return DamagedFileError("/".join(parts[max(start, 0) :]), reason, _remedy(parts[max(start, 0) :]))


@contextmanager
def damage_of(path: Path) -> Iterator[None]:
    """Turns exceptions of the block that mean wrong content of `path` into DamagedFileError."""
    try:
        yield
    except DamagedFileError:
        raise
    except KeyError as error:
        raise damaged(path, f"field {str(error.args[0])[:80]!r} is missing") from error
    except _UNFIT as error:
        raise damaged(path, str(error)[:200].rstrip(". ") or type(error).__name__) from error


def read_bytes(path: Path) -> bytes:
    """The whole file. Raises FileNotFoundError, DamagedFileError."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise damaged(path, "it is a folder" if stat.S_ISDIR(facts.st_mode) else "it is no ordinary file")
        if facts.st_size > _LARGEST_BYTES:
            raise damaged(path, f"it has {facts.st_size:,} bytes, which no such file has")
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ENOTDIR:
            raise damaged(path.parent, "it is no folder") from error
        raise damaged(path, f"it cannot be read ({error.strerror})") from error


def read_value(path: Path) -> Any:
    """The JSON value in a file. Raises FileNotFoundError, DamagedFileError."""
    data = read_bytes(path)
    if not data.strip(b"\0 \t\r\n"):
        raise damaged(path, "it is empty" if not data.strip() else f"it holds {len(data):,} zeros")
    try:
        value = json.loads(data.decode(), parse_constant=_refuse, parse_float=_finite)
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeDecodeError as error:
        raise damaged(path, f"byte {error.start} is no UTF-8 text") from error
    except UnicodeEncodeError as error:
        raise damaged(path, "it holds half a character") from error
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(error.doc.rstrip())
        raise damaged(path, "it is cut off" if is_cut else f"line {error.lineno} is no JSON") from error
    except RecursionError as error:
        raise damaged(path, "it is nested too deep") from error
    except ValueError as error:
        raise damaged(path, str(error)[:80].rstrip(".")) from error


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises FileNotFoundError, DamagedFileError."""
    value = read_value(path)
    if not isinstance(value, dict):
        raise damaged(path, f"it holds {'a list' if isinstance(value, list) else 'one value'}, not an object")
    return value


def read_record(path: Path, make: Callable[[dict[str, Any]], _T]) -> _T:
    """The result of `make` for the JSON object in a file. Raises FileNotFoundError, DamagedFileError."""
    document = read_document(path)
    with damage_of(path):
        return make(document)


def read_as(path: Path, kind: type[_T]) -> _T:
    """The JSON object in a file as a dataclass or TypedDict. Raises FileNotFoundError, DamagedFileError."""
    return read_record(path, lambda document: built(kind, document))


def read_arrays(path: Path) -> "dict[str, npt.NDArray[Any]]":
    """The arrays of an .npz file by name, of any shape and type. Raises FileNotFoundError, DamagedFileError."""
    # Most files are JSON, and numpy takes a tenth of a second to load.
    import numpy as np

    if not path.is_file():
        read_bytes(path)  # says why
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except _UNREADABLE_ARRAYS as error:
        raise damaged(path, "it is no file of arrays, or only a part of one") from error
    except AttributeError as error:  # np.load gives a bare array for a file that is no .npz
        raise damaged(path, "it is no file of arrays") from error


def put_aside(path: Path) -> Path | None:
    """Renames a file or folder to a free name beside it, so that a new one can be written; None if it is missing."""
    number = 1
    while (target := path.with_name(f"{path.name}.damaged{number if number > 1 else ''}")).exists():
        number += 1
    try:
        return path.rename(target)
    except FileNotFoundError:
        return None


def _remedy(parts: tuple[str, ...]) -> str:
    root, file = parts[0], parts[-1]
    key = parts[1] if len(parts) > 2 else ""
    is_aside = file in PUT_ASIDE.get(root, ()) or (len(parts) > 3 and parts[2] in PUT_ASIDE.get(root, ()))
    if root in REBUILT and (file in REBUILT[root] or is_aside or file == "index.json"):
        what = "makes the file anew" if not is_aside else "puts the file aside and begins a new one"
        return f"Rebuild it (`python -m core rebuild {key}`), which {what}; or put the file back from a backup."
    return _REMEDIES.get(file) or _REMEDIES.get(root, f"{_BACKUP}.")


def _refuse(name: str) -> float:
    raise ValueError(f"it holds {name}, which is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"it holds {text[:20]}, which is out of range")
    return number
