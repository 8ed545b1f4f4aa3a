"""A small workspace exactly as commit be2820a wrote it, for the test that later versions still open it.

`workspace_be2820a.json` holds every file: JSON, text and table columns as literals, taken from a workspace that be2820a
made, field by field. Nothing here calls a writer of the product, because those change. Weights are drawn by a fixed
seed, with the names, shapes, layouts and spread that the real ones had. In it are:

- `shapes` v1 (12 images, polygons, three splits), an opened test seal, decisions on label suspects, and the child v2;
- `first`: finished, with a note, tags, a stored threshold, and evaluations on val (with error bars) and test;
- `pair`: a group of two seeds, the second archived; a check before a training;
- `stopped`: stopped after iteration 2 of 6 (5000 as be2820a made it: cut, so that a test can resume it to its end).
"""

import base64
import json
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import torch

_SNAPSHOT: Final = Path(__file__).with_suffix(".json")
# What the versions said of their content.
CONTENT_HASHES: Final = {
    "v1": "d5d7a0d9b5aa9d76bb03c705297b4313d9751cd33c983b0c7a201530eaeaf052",
    "v2": "9dbb05ea5b9b3befb153bf748fc35726c7e10f47b5804af4e300f69b41143672",
}
VAL_EVALUATION: Final = "e-z8ms89"
TEST_EVALUATION: Final = "e-tkz2hc"


def make_workspace(root: Path) -> None:
    """Write the workspace into the folder `root`, which is made."""
    snapshot = json.loads(_SNAPSHOT.read_text())
    for name, content in snapshot["files"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        ((kind, value),) = content.items()
        if kind == "same":  # a hard link, or files that happened to be equal
            path.write_bytes((root / value).read_bytes())
        elif kind == "checkpoint":
            torch.save(_checkpoint(snapshot["checkpoints"], value), path)
        else:
            _WRITERS[kind](path, value)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False))


def _write_table(path: Path, value: dict[str, Any]) -> None:
    columns = {name: _column(value["columns"][name], *kind) for name, *kind in value["schema"]}
    table = pa.table(columns)
    if value["pandas"] is not None:
        table = table.replace_schema_metadata({b"pandas": json.dumps(value["pandas"]).encode()})
    pq.write_table(table, path)


def _column(values: list[Any], kind: str, categories: Sequence[str] = ()) -> pa.Array:
    if kind != "dictionary":
        return pa.array(values, type=_TYPES[kind])
    places = pa.array([None if value is None else categories.index(value) for value in values], type=pa.int8())
    return pa.DictionaryArray.from_arrays(places, pa.array(categories, type=pa.string()))


def _write_database(path: Path, statements: list[str]) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("\n".join(statements))
    connection.close()


_TYPES: Final = {
    "int64": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "large_string": pa.large_string(),
}
_WRITERS: Final[dict[str, Callable[[Path, Any], Any]]] = {
    "json": _write_json,
    "text": lambda path, text: path.write_bytes(text.encode()),
    "base64": lambda path, text: path.write_bytes(base64.b64decode(text)),
    "parquet": _write_table,
    "sql": _write_database,
}


def _checkpoint(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint: `own` are its figures, `shared` the shapes that all have."""
    random = torch.Generator().manual_seed(1)
    model = OrderedDict((name, _tensor(random, *shape)) for name, *shape in shared["model"])
    figures = {key: value for key, value in own.items() if key not in ("optimizer", "rates", "keys")}
    if not own["optimizer"]:
        return {"model": model, **figures}
    groups = [{"lr": rate, **group} for rate, group in zip(own["rates"], shared["groups"], strict=True)]
    state = {number: {"momentum_buffer": _tensor(random, *shape)} for number, shape in enumerate(shared["momentum"])}
    content = {"model": model, **figures, "optimizer": {"state": state, "param_groups": groups}}
    return {key: content[key] for key in own["keys"]}


def _tensor(random: torch.Generator, shape: list[int], stride: list[int], mean: float, spread: float) -> torch.Tensor:
    values = torch.randn(shape, generator=random) * spread + mean
    return torch.empty_strided(shape, stride).copy_(values)
