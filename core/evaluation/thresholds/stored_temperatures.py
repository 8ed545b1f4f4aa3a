"""The temperatures that a user stored with a model: temperatures.json, beside thresholds.json in its folder.

Each of the two files can be stored without the other. The folder is that of a run or of a
custom model. Pages and command line write the file under a lock, and replace it whole. The worker never touches it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

from core.actor import KnownActor, actor_json
from core.evaluation.thresholds.stored import next_revision
from core.evaluation.thresholds.temperatures import FARTHEST, HIGHEST, LOWEST, Calibrator, Temperatures
from core.files import only_one, write_json
from core.records import read_as
from core.shapes import Bounds, Count, Moment

TEMPERATURES_FILE: Final = "temperatures.json"
_Temperature = Annotated[float, Bounds(low=LOWEST, high=HIGHEST)]
_Offset = Annotated[float, Bounds(low=-FARTHEST, high=FARTHEST)]
_Share = Annotated[float, Bounds(low=0, high=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTemperatures:
    """`pooled` is for all classes together; `per_class` goes by class name, without classes that had no detection.

    `offset` and `offsets` are the same of the offsets; files of earlier versions have none. They were fitted at `iou`
    on `detections` with a score of at least `floor`, on the `evaluation` (id) of this `split` of a data set version
    with this `checkpoint` (`mirrored`: with test-time augmentation), at `fitted` (Unix seconds) by `actor`. `ece` is
    the calibration error there, `ece_calibrated` the one across folds (None: it could not be computed). `revision`
    counts the changes.
    """

    pooled: _Temperature
    per_class: dict[str, _Temperature]
    offset: _Offset = 0.0
    offsets: dict[str, _Offset] = field(default_factory=dict)
    floor: _Share
    detections: Count
    ece: _Share | None = None
    ece_calibrated: _Share | None = None
    iou: _Share
    evaluation: str
    dataset: str
    version: str
    split: str
    checkpoint: str
    mirrored: bool = False
    fitted: Moment
    revision: Count = 0
    actor: KnownActor = None

    def of(self, names: Sequence[str]) -> Temperatures:
        """The temperatures and offsets of classes by their names; those of all for a class that has none."""
        return Temperatures(
            pooled=Calibrator(temperature=self.pooled, offset=self.offset),
            per_class=tuple(
                Calibrator(
                    temperature=self.per_class.get(name, self.pooled), offset=self.offsets.get(name, self.offset)
                )
                for name in names
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """The values that pages and command line show."""
        names = ("pooled", "per_class", "offset", "offsets", "floor", "detections", "ece", "ece_calibrated", "iou")
        more = ("evaluation", "checkpoint", "mirrored", "fitted", "revision")
        return {**{name: getattr(self, name) for name in (*names, *more)}, "actor": actor_json(self.actor)}


def read_temperatures(folder: Path) -> StoredTemperatures | None:
    """The temperatures stored with the model in this folder, or None. Raises DamagedFileError."""
    try:
        return read_as(folder / TEMPERATURES_FILE, StoredTemperatures)
    except FileNotFoundError:
        return None


def write_temperatures(
    folder: Path, temperatures: StoredTemperatures, title: str, seen: int | None = None
) -> StoredTemperatures:
    """Replaces the stored temperatures and returns the new ones with their revision.

    `seen`, `title` and errors are as in `core.evaluation.thresholds.stored.store_thresholds`.
    """
    with only_one(folder / "temperatures.lock", title):
        before = read_temperatures(folder)
        now = f"fitted on {before.evaluation}" if before else "none"
        revision = next_revision(before.revision if before else 0, seen, f"other temperatures meanwhile: {now}")
        kept = replace(temperatures, revision=revision)
        write_json(folder / TEMPERATURES_FILE, asdict(kept))
        return kept
