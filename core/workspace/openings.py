"""The log of when the test scores of a data set version were opened: datasets/<d>/openings/<v>.jsonl, a line each.

The file lies beside the versions, which never change, and is only appended to.
"""

from dataclasses import asdict, dataclass
from typing import Any

from core.actor import KnownActor
from core.files import append_json_line, read_json_lines
from core.shapes import Moment, ShapeError, built
from core.storage_errors import writing
from core.workspace.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An opening of an evaluation's test scores at `time` (Unix seconds); `place` is the `actor`'s source.

    `evaluation` is its id, `subject` the id of the evaluated run or custom model.
    """

    time: Moment
    place: str
    evaluation: str
    subject: str
    actor: KnownActor = None


def read_openings(layout: Layout, dataset: str, version: str) -> list[Opening]:
    """All openings of the version's test split, of all runs, oldest first."""
    records, _ = read_json_lines(layout.openings(dataset, version))
    return [opening for row in records if (opening := _opening(row))]


def _opening(row: dict[str, Any]) -> Opening | None:
    """The opening in a line; None for any other line, so that one bad line does not hide the rest."""
    try:
        return built(Opening, row)
    except ShapeError:
        return None


def log_opening(layout: Layout, dataset: str, version: str, opening: Opening) -> None:
    """Appends an opening to the log."""
    path = layout.openings(dataset, version)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    append_json_line(path, asdict(opening))
