"""The tables that pass between packages, as pandas frames with fixed columns. Anyone may import this.

Each schema maps columns to pandas dtypes. `conform` gives a frame exactly these columns in this order; `write_table`
and `read_table` store them as Parquet. Boxes are in absolute px of the upright image (see core.boxes).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.files import atomic_writer
from core.records import damage_of, damaged, read_bytes

# pandas and numpy take most of a command's start time, and a list of data sets or runs needs neither.
if TYPE_CHECKING:
    import pandas as pd

    from core.boxes import Boxes

Schema = dict[str, str]

IMAGES: Final[Schema] = {
    "image_id": "int64",  # from 1, dense
    "file_name": "str",  # POSIX path below the version's images/ folder, unique
    "width": "int64",  # px of the upright image, read from the image itself
    "height": "int64",
    "split": "str",  # train, val, test, or "" for images in none
    "use": "str",  # labelled, background (no objects, kept for training), unlabelled (no objects, left out)
    "source": "str",  # path below the folder or archive it came from
    "content_hash": "str",  # sha256 of the stored bytes, hex
}
CATEGORIES: Final[Schema] = {
    "category_id": "int64",  # the class index, 0 to K-1, dense; also the colour's index
    "name": "str",
    "source_id": "str",  # as the source wrote it
}
ANNOTATIONS: Final[Schema] = {
    "annotation_id": "int64",  # from 1: pycocotools reads id 0 as "no match"
    "image_id": "int64",
    "category_id": "int64",
    "x1": "float64",
    "y1": "float64",
    "x2": "float64",
    "y2": "float64",
    "area": "float64",  # px^2: as the source writes it (COCO: of the mask), else of the mask or the box
    "is_crowd": "bool",
    "segmentation": "str",  # "" or COCO's segmentation as JSON: polygons, or an RLE object
    "source_file": "str",
    "source_line": "int64",  # 1-based line or element number, 0 where it has none
}
IGNORED: Final[Schema] = {  # regions without a class: nothing is learned or counted there
    "image_id": "int64",
    "x1": "float64",
    "y1": "float64",
    "x2": "float64",
    "y2": "float64",
    "reason": "str",  # as the source calls it, such as DontCare
}
ATTRIBUTES: Final[Schema] = {  # what the source says besides box and class, one row each
    "image_id": "int64",
    "annotation_id": "int64",  # 0 for an attribute of the image
    "name": "str",
    "value": "str",
}
DETECTIONS: Final[Schema] = {
    "detection_id": "int64",  # from 1
    "image_id": "int64",
    "category_id": "int64",
    "x1": "float64",
    "y1": "float64",
    "x2": "float64",
    "y2": "float64",
    "score": "float64",  # 0 to 1
}
BOX_COLUMNS: Final = ["x1", "y1", "x2", "y2"]
SPLITS: Final = ("train", "val", "test")


def empty(schema: Schema) -> pd.DataFrame:
    """A frame with the schema's columns and no rows."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in schema.items()})


def from_columns(schema: Schema, columns: dict[str, Any]) -> pd.DataFrame:
    """A frame of the schema from equally long columns. Raises KeyError for a missing one."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(columns[name], dtype=kind) for name, kind in schema.items()})


def conform(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The frame with the schema's columns, order and types. Raises KeyError for a missing column."""
    return frame[list(schema)].astype(schema).reset_index(drop=True)


def boxes_xyxy(frame: pd.DataFrame) -> Boxes:
    """(N, 4) float64 corners in px, of annotations or detections."""
    return frame[BOX_COLUMNS].to_numpy(dtype="float64")


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Replaces `path` by the frame as Parquet, atomically."""
    with atomic_writer(path) as handle:
        frame.to_parquet(handle, index=False)


def read_table(path: Path, columns: list[str] | None = None, only_images: Sequence[int] | None = None) -> pd.DataFrame:
    """The frame in a Parquet file: all of it, some columns, or the rows of some image ids.

    Raises FileNotFoundError; DamagedFileError for a file that is no whole Parquet file or lacks a column.
    """
    import pandas as pd
    import pyarrow as pa

    if not path.is_file():
        read_bytes(path)  # says why
    wanted = None if only_images is None else [("image_id", "in", [int(key) for key in only_images])]
    try:
        frame = pd.read_parquet(path, columns=columns, filters=wanted)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, _unreadable(path, error)) from error
    if lacking := [name for name in columns or () if name not in frame.columns]:
        raise damaged(path, f"it has no column {lacking[0]!r}")
    return frame


def load_table(path: Path, schema: Schema) -> pd.DataFrame:
    """The frame in a Parquet file with exactly the schema's columns. Raises as `read_table` does."""
    frame = read_table(path)
    if lacking := [name for name in schema if name not in frame.columns]:
        raise damaged(path, f"it has no column {lacking[0]!r}")
    with damage_of(path):
        return conform(frame, schema)


def load_newer_table(path: Path, schema: Schema) -> pd.DataFrame:
    """The frame in a Parquet file that earlier versions did not write: without rows if there is none."""
    try:
        return load_table(path, schema)
    except FileNotFoundError:
        return empty(schema)


def _unreadable(path: Path, error: Exception) -> str:
    import pyarrow as pa

    if not path.stat().st_size:
        return "it is empty"
    if isinstance(error, pa.ArrowInvalid) and "No match for FieldRef" in str(error):
        return "a column is missing"
    return "it is no Parquet file, or only a part of one"
