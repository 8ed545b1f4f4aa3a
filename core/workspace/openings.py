"""When the test scores of a data set version were looked at: datasets/<d>/openings/<v>.jsonl, one line an opening.

Beside the versions, which never change, and appended to only.
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
    """One evaluation's test scores were opened: at `time` (Unix seconds), `place` the door of the `actor`.

    `evaluation` is its id, `subject` the id of the run or custom model that it judges.
    """

    time: Moment
    place: str
    evaluation: str
    subject: str
    actor: KnownActor = None


def read_openings(layout: Layout, dataset: str, version: str) -> list[Opening]:
    """All openings of the version's test split, over all runs, oldest first."""
    records, _ = read_json_lines(layout.openings(dataset, version))
    return [opening for row in records if (opening := _opening(row))]


def _opening(row: dict[str, Any]) -> Opening | None:
    """The opening of a line; None for a line that is none: as with one that is cut, the others still count."""
    try:
        return built(Opening, row)
    except ShapeError:
        return None


def log_opening(layout: Layout, dataset: str, version: str, opening: Opening) -> None:
    """Add one to the log."""
    path = layout.openings(dataset, version)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    append_json_line(path, asdict(opening))
