"""What is asked of an evaluation: request.json in its folder. Services write it, services and the worker read it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from core.actor import KnownActor, actor_json
from core.files import write_json
from core.records import read_record
from core.shapes import Bounds, built

REQUEST_FILE: Final = "request.json"
_Share = Annotated[float, Bounds(low=0, high=1)]
# Fields of an evaluation that is not of that kind are left out, or null in files of earlier versions.
_NULLABLE: Final = ("run", "model", "dataset", "version", "data", "split", "checkpoint", "images")
_OF_DATA: Final = ("checkpoint", "slots", "dataset", "version", "data", "split", "sealed", "score", "iou", "mirrored")
_OF_FILES: Final = ("truth", "detections", "images", "score", "iou")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSpec:
    """What to evaluate: a run's checkpoint or a custom model on a data set version, or two files against each other.

    Ids and names are "" where the evaluation is of another kind. Paths are relative to the evaluation's folder, but
    `images`, where the images of two files lie. `score` is what was asked for, None for the model's own threshold.
    """

    run: str = ""
    run_folder: str = ""
    model: str = ""  # a custom model
    model_folder: str = ""
    checkpoint: str = ""  # of a run: best, last or an iteration
    slots: str = ""
    dataset: str = ""
    version: str = ""
    data: str = ""  # the folder of the data set version
    split: str = ""
    sealed: bool | None = None  # whether images of the test split are among them; None: see `holds_test`
    score: _Share | None = None
    iou: _Share
    mirrored: bool = False  # with test-time augmentation
    truth: str = ""  # names of the two files
    detections: str = ""
    images: str = ""
    notes: tuple[str, ...] = ()  # sentences to keep with the result, known before the start
    actor: KnownActor = None  # who asked; None in files of earlier versions

    @property
    def subject(self) -> tuple[str, str] | None:
        """What is evaluated, `run` or `model` and its id; None for two files."""
        return next(((kind, key) for kind, key in (("run", self.run), ("model", self.model)) if key), None)

    @property
    def holds_test(self) -> bool:
        """Whether images of the test split are evaluated."""
        # Requests did not always say so; then only an evaluation of the test split alone was sealed.
        return self.split == "test" if self.sealed is None else self.sealed

    def to_json(self) -> dict[str, Any]:
        """The content of request.json: the fields of its kind of evaluation."""
        if self.subject is None:
            of_files = {name: getattr(self, name) for name in _OF_FILES} | {"images": self.images or None}
            return of_files | {"actor": actor_json(self.actor)}
        subject = ("run", "run_folder") if self.run else ("run", "model", "model_folder")
        of_data = {name: getattr(self, name) for name in (*subject, *_OF_DATA)}
        notes = {"notes": list(self.notes)} if self.notes else {}
        return of_data | notes | {"actor": actor_json(self.actor)}


def spec_from_json(document: dict[str, Any]) -> EvaluationSpec:
    """The request that `to_json` wrote. Raises ShapeError."""
    return built(
        EvaluationSpec,
        {name: value for name, value in document.items() if value is not None or name not in _NULLABLE},
    )


def read_spec(folder: Path) -> EvaluationSpec:
    """What was asked of the evaluation in a folder. Raises FileNotFoundError, DamagedFileError."""
    return read_record(folder / REQUEST_FILE, spec_from_json)


def write_spec(folder: Path, spec: EvaluationSpec) -> None:
    """Write request.json."""
    write_json(folder / REQUEST_FILE, spec.to_json())
