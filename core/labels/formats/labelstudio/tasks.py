"""Reads Label Studio's tasks with their annotations, and chooses one annotation of an image."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from core.coco.values import finite, id_key, text
from core.labels.formats.file_notes import FileNotes
from core.labels.formats.labelstudio.addresses import image_keys, unsigned

# Fields of a record of JSON-MIN that are no data of the task.
_MIN_FIELDS: Final = frozenset(
    {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation of a task; `void` says why it does not count, "" if it does. `time` is its last change."""

    key: str
    annotator: str
    time: float
    result: list[Any]
    void: str = ""
    is_ground_truth: bool = False

    @property
    def rank(self) -> tuple[float, str]:
        """Later ones rank higher, then those with the larger id."""
        return self.time, self.key.zfill(20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task as a file has it: `number` is its 1-based position. `guesses` are results of models."""

    file: str
    number: int
    data: dict[str, Any]
    upload: Any = None
    annotations: list[Annotation] = field(default_factory=list)
    guesses: list[list[Any]] = field(default_factory=list)

    @property
    def images(self) -> tuple[str, ...]:
        """The addresses of its images, without signatures that differ between two exports."""
        return tuple(unsigned(self.data[key].strip()) for key in image_keys(self.data))


def read_tasks(document: Any, file: str, notes: FileNotes) -> Iterator[Task]:
    """The tasks of an export: JSON, JSON-MIN, or a file of one task or annotation as written to a storage."""
    for number, record in enumerate(document if isinstance(document, list) else [document], 1):
        if not isinstance(record, dict):
            notes.blocked("malformed-line", f"task {number}", "{} is no object", number, record)
        elif isinstance(record.get("data"), dict):
            yield _read_full(record, file, number, notes)
        elif isinstance(record.get("task"), dict) and "result" in record:
            task = record["task"]
            whole = {
                **task,
                "data": task["data"] if isinstance(task.get("data"), dict) else {},
                "annotations": [record],
            }
            yield _read_full(whole, file, number, notes)
        else:
            yield _read_min(record, file, number)


def _read_full(record: dict[str, Any], file: str, number: int, notes: FileNotes) -> Task:
    annotations = []
    # Before version 1, annotations were called completions.
    for name in ("annotations", "completions"):
        for place, value in enumerate(_list(record, name, number, notes), 1):
            if isinstance(value, dict) and isinstance(value.get("result", []), list):
                annotations.append(_read_annotation(value))
            else:
                words = "{} is no annotation with a list `result`"
                notes.blocked("malformed-line", f"task {number}, {name} {place}", words, number, value)
                # Whatever it was, the image is not known to be without objects.
                annotations.append(Annotation(key="", annotator="", time=0, result=[], void="unreadable annotations"))
    drafts = [_read_annotation(value, void="drafts") for value in _results(record.get("drafts"))]
    guesses = [value["result"] for value in _results(record.get("predictions"))]
    return Task(
        file=file,
        number=number,
        data=record["data"],
        upload=record.get("file_upload"),
        annotations=annotations + drafts,
        guesses=guesses,
    )


def _read_annotation(value: dict[str, Any], void: str = "") -> Annotation:
    if not void and (value.get("was_cancelled") or value.get("skipped")):
        void = "cancelled annotations"
    return Annotation(
        key=id_key(value.get("id")) or "",
        annotator=_annotator(value.get("completed_by")),
        time=_time(value.get("updated_at")) or _time(value.get("created_at")),
        result=value.get("result", []),
        void=void,
        is_ground_truth=value.get("ground_truth") is True,
    )


def _read_min(record: dict[str, Any], file: str, number: int) -> Task:
    """A record of JSON-MIN: the task's data and the annotation's values side by side."""
    values = {key: _unpacked(value) for key, value in record.items() if key not in _MIN_FIELDS}
    data = {key: value for key, value in values.items() if not isinstance(value, list)}
    lists = {key: value for key, value in values.items() if isinstance(value, list)}
    regions = [_region(name, value) for name, values in lists.items() for value in values if _is_region(value)]
    annotation = Annotation(
        key=id_key(record.get("annotation_id")) or "",
        annotator=_annotator(record.get("annotator")),
        time=_time(record.get("updated_at")) or _time(record.get("created_at")),
        result=regions,
    )
    is_annotated = bool(regions) or record.get("annotation_id") is not None
    return Task(file=file, number=number, data=data, annotations=[annotation] if is_annotated else [])


def _unpacked(value: Any) -> Any:
    """The regions of a text that holds them as JSON: a table of tasks has them so. Any other value as it is."""
    if not (isinstance(value, str) and value.lstrip().startswith("[{")):
        return value
    try:
        values = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return values if any(map(_is_region, values)) else value


def _is_region(value: Any) -> bool:
    return isinstance(value, dict) and any(name.endswith("labels") or name in ("x", "points", "rle") for name in value)


def _region(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """A region in the form of a full export."""
    kind = next((key for key in value if key.endswith("labels")), "labels")
    sizes = {key: value.get(key) for key in ("original_width", "original_height", "image_rotation")}
    return {"type": kind, "from_name": name, "value": value, **sizes}


def _results(values: Any) -> list[dict[str, Any]]:
    values = values if isinstance(values, list) else []
    return [value for value in values if isinstance(value, dict) and isinstance(value.get("result"), list)]


def _list(record: dict[str, Any], name: str, number: int, notes: FileNotes) -> list[Any]:
    values = record.get(name)
    if values is None or isinstance(values, list):
        return values or []
    notes.blocked("malformed-line", f"task {number}", f"{name} {{}} is no list", number, values)
    return []


def _annotator(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("email") or value.get("id")
    return text(id_key(value) or "")


def _time(value: Any) -> float:
    """Seconds since 1970 of an ISO date or a number, 0 for anything else."""
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return 0.0
    return finite(value) or 0.0


def pools(tasks: Sequence[Task]) -> list[list[Task]]:
    """Tasks of the same images together: a task may be exported twice, or made twice."""
    together: dict[Any, list[Task]] = {}
    for task in tasks:
        together.setdefault(task.images or (task.file, task.number), []).append(task)
    return list(together.values())


class Chooser:
    """Chooses the annotation of an image that is taken.

    An annotation by the wanted annotator comes first, then one that is marked as ground truth, then one by whoever has
    annotated most images of the source, so that as many as possible are by one hand. Of two such annotators the one
    whose id comes first is taken. Of one annotator's, the latest is taken, and between equal dates that with the larger
    id. Cancelled and skipped annotations and drafts do not count.
    """

    def __init__(self, together: Iterable[Sequence[Task]], wanted: str) -> None:
        """Takes all tasks, those of the same images together, and the id of the wanted annotator, "" for none."""
        self.wanted = wanted
        self.images: Counter[str] = Counter()  # by annotator
        for tasks in together:
            annotations = (annotation for task in tasks for annotation in task.annotations)
            self.images.update({annotation.annotator for annotation in annotations if not annotation.void})
        names = sorted(self.images, key=lambda name: (-self.images[name], name.zfill(20)))
        self._places = {name: -place for place, name in enumerate(names)}

    def choose(self, annotations: Iterable[Annotation]) -> Annotation | None:
        """The annotation that is taken, None if none counts."""
        valid = (annotation for annotation in annotations if not annotation.void)
        return max(valid, key=self._rank, default=None)

    def _rank(self, annotation: Annotation) -> tuple[Any, ...]:
        is_wanted = bool(self.wanted) and annotation.annotator == self.wanted
        return is_wanted, annotation.is_ground_truth, self._places[annotation.annotator], annotation.rank
