"""Rebuilds damaged files of the workspace from the files beside them.

Keeps each damaged file beside the new one under another name. A run's recipe and job, a data set's tables and an
evaluation's scores cannot be derived from other files: only a backup restores them.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from core.actor import Actor
from core.errors import AppError, ConflictError, DamagedFileError
from core.evaluation.spec import read_spec
from core.evaluation.store import load, load_scores
from core.evaluation.thresholds.stored import THRESHOLDS_FILE, read_thresholds
from core.evaluation.thresholds.stored_temperatures import TEMPERATURES_FILE, read_temperatures
from core.files import only_one, write_json
from core.records import PUT_ASIDE, put_aside, read_bytes, read_document
from core.services.runs import summary as run_state
from core.settings import Settings
from core.training.metrics.log import read_metrics
from core.training.observation import is_alive
from core.training.recipe.recipe import Recipe
from core.training.run.checkpoints import Checkpoint, index_file, list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.notes import read_notes
from core.training.run.status import BestFigures, Phase, Status, read_status, write_status
from core.workspace.datasets import versions_of
from core.workspace.decisions import read_decisions
from core.workspace.history import HISTORY_FILE, note_change, read_history
from core.workspace.layout import KINDS, Layout
from core.workspace.openings import read_openings
from core.workspace.registry import Entry, Registry

_NO_METRICS: Final = ("iteration", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """Result of a rebuild: `rebuilt` files were written anew, `put_aside` files were set aside as `FILE.damaged`."""

    kind: str
    id: str
    rebuilt: list[str]
    put_aside: list[str]

    def to_json(self) -> dict[str, Any]:
        """The document of the command line."""
        return asdict(self)


def rebuild(settings: Settings, ref: str, *, actor: Actor) -> Rebuilt:
    """Rebuild the damaged files of a run, evaluation, data set or custom model, by id or name.

    Raises NotFoundError, and ConflictError for a run that is active. Raises DamagedFileError for the first file that
    only a backup restores, after rebuilding the others.
    """
    registry = Registry(settings)
    entry = _find(registry, ref)
    folder = registry.layout.folder(entry.kind, entry.id)
    work = _Work(registry.layout, entry, folder)
    with only_one(folder / "rebuild.lock", f"{entry.name}"):
        _DO[entry.kind](work)
    if work.rebuilt or work.aside:
        note_change(folder, f"rebuilt {', '.join([*work.rebuilt, *work.aside])}", actor)
    registry.refresh()
    if work.left:
        raise work.left[0]
    return Rebuilt(kind=entry.kind, id=entry.id, rebuilt=work.rebuilt, put_aside=work.aside)


def can_rebuild(kind: str, file: str) -> bool:
    """Whether `rebuild` can restore this file of an item of this kind."""
    return file in _MENDED[kind]


def _find(registry: Registry, ref: str) -> Entry:
    entries = [entry for kind in KINDS for entry in registry.all(kind)]
    for entry in entries:
        if entry.id == ref:
            return entry
    for entry in entries:
        if entry.name == ref:
            return entry
    return registry.find("run", ref)


class _Work:
    """The rebuild of one item: `rebuilt` and `aside` are file names, `left` the errors of files that stay damaged."""

    def __init__(self, layout: Layout, entry: Entry, folder: Path) -> None:
        self.layout, self.entry, self.folder = layout, entry, folder
        self.rebuilt: list[str] = []
        self.aside: list[str] = []
        self.left: list[DamagedFileError] = []

    def is_damaged(self, read: Callable[[], object]) -> bool:
        """Whether reading fails because of damage. A missing file is not damaged."""
        try:
            read()
        except FileNotFoundError:
            return False
        except DamagedFileError:
            return True
        return False

    def keep_aside(self, path: Path, read: Callable[[], object]) -> None:
        """Set a damaged file aside if the item works without it."""
        if self.is_damaged(read) and put_aside(path):
            self.aside.append(path.name)

    def make(self, path: Path, write: Callable[[], None]) -> None:
        """Write a file anew and set the damaged one aside."""
        put_aside(path)
        write()
        self.rebuilt.append(path.name)

    def must_read(self, read: Callable[[], object]) -> None:
        """Record a damaged file that only a backup restores."""
        try:
            read()
        except DamagedFileError as error:
            self.left.append(error)
        except AppError:
            pass

    def describe(self) -> None:
        """Rebuild the description file if it is damaged."""
        entry = self.entry
        path = self.layout.description(entry.kind, entry.id)
        document = {"id": entry.id, "name": entry.name, "created": entry.created}
        if run_state.read_entry(self.folder, entry.kind).damage:
            self.make(path, lambda: write_json(path, document))


def _run(work: _Work) -> None:
    folder = RunFolder(work.folder)
    if is_alive(folder):
        raise ConflictError(f"Run {work.entry.id} is active.", "Wait: its worker writes its status anew. Or stop it.")
    work.describe()
    for path in _side_files(folder):
        work.keep_aside(path, partial(read_document, path))
    work.keep_aside(folder.notes, lambda: read_notes(folder))
    work.keep_aside(work.folder / THRESHOLDS_FILE, lambda: read_thresholds(work.folder))
    work.keep_aside(work.folder / TEMPERATURES_FILE, lambda: read_temperatures(work.folder))
    work.keep_aside(folder.metrics, lambda: read_bytes(folder.metrics))
    work.keep_aside(folder.log, lambda: read_bytes(folder.log))
    work.keep_aside(work.folder / HISTORY_FILE, lambda: read_history(work.folder))
    work.must_read(lambda: run_state.read_job_part(folder))
    work.must_read(lambda: run_state.read_recipe(folder))
    if not work.left:
        recipe = run_state.read_recipe(folder)
        if recipe and work.is_damaged(lambda: read_status(folder.status)):
            status = _status_of(folder, recipe)
            work.make(folder.status, lambda: write_status(folder.status, status))
        if work.is_damaged(lambda: list_checkpoints(folder)):
            _index(work, folder)
    work.must_read(lambda: run_state.observe_run(folder))


def _side_files(folder: RunFolder) -> list[Path]:
    return [folder.environment, folder.weights, folder.repaired_from, folder.repaired_by]


def _status_of(folder: RunFolder, recipe: Recipe) -> Status:
    """The status of an ended run, derived from its checkpoints and metrics. The run can be resumed, as after a stop."""
    checkpoints = {checkpoint.kind: checkpoint for checkpoint in _checkpoints(folder)}
    last, best = checkpoints.get("last"), checkpoints.get("best")
    iteration = last.iteration if last else 0
    values: dict[str, float | None] = {}
    records, _ = read_metrics(folder.metrics)
    for record in records:
        values |= {name: value for name, value in record.items() if name not in _NO_METRICS and _is_number(value)}
    times = [float(record["time"]) for record in records if _is_number(record.get("time"))] or [0.0]
    is_whole = iteration >= recipe.iterations
    return Status(
        phase=Phase.FINISHED if is_whole else Phase.STOPPED,
        reason="" if is_whole else "Its status was lost and rebuilt from its last checkpoint.",
        iteration=iteration,
        of_iterations=recipe.iterations,
        started=max(0.0, min(times)),
        updated=max(0.0, max(times)),
        best=_figures(best) if best and best.ap is not None else None,
        metrics=values,
    )


def _figures(best: Checkpoint) -> BestFigures:
    return BestFigures(iteration=best.iteration, ap=best.ap, ap50=best.ap50)


def _checkpoints(folder: RunFolder) -> list[Checkpoint]:
    try:
        return list(list_checkpoints(folder))
    except DamagedFileError:
        return []


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _index(work: _Work, folder: RunFolder) -> None:
    """Rebuild the checkpoint index from the status: an ended run's last checkpoint is of its last iteration."""
    status = read_status(folder.status)
    if status.phase not in (Phase.FINISHED, Phase.STOPPED) or not (folder.checkpoints / "last.pth").is_file():
        work.must_read(lambda: list_checkpoints(folder))
        return
    best = status.best if status.best and (folder.checkpoints / "best.pth").is_file() else None
    document = {"last": {"iteration": status.iteration}, "best": asdict(best) if best else None}
    work.make(index_file(folder), lambda: write_json(index_file(folder), document))


def _evaluation(work: _Work) -> None:
    folder = RunFolder(work.folder)
    if is_alive(folder):
        raise ConflictError(f"Evaluation {work.entry.id} is active.", "Wait until it has ended.")
    work.describe()
    work.must_read(lambda: load(work.folder))
    work.must_read(lambda: _there(lambda: read_spec(work.folder)))
    if work.is_damaged(lambda: read_status(folder.status)) and not work.left:
        stored = load_scores(work.folder)
        count, phase = (stored[1], Phase.FINISHED) if stored else (0, Phase.FAILED)
        reason = "" if stored else "Its status was lost."
        status = Status(phase=phase, reason=reason, iteration=count, of_iterations=count)
        work.make(folder.status, lambda: write_status(folder.status, status))


def _there(read: Callable[[], object]) -> object:
    try:
        return read()
    except FileNotFoundError:
        return None


def _dataset(work: _Work) -> None:
    work.describe()
    layout, key = work.layout, work.entry.id
    for version in versions_of(layout, key):
        work.keep_aside(layout.decisions(key, version), partial(read_decisions, layout, key, version))
        work.keep_aside(layout.openings(key, version), partial(read_openings, layout, key, version))


def _model(work: _Work) -> None:
    work.describe()
    work.keep_aside(work.folder / THRESHOLDS_FILE, lambda: read_thresholds(work.folder))
    work.keep_aside(work.folder / TEMPERATURES_FILE, lambda: read_temperatures(work.folder))


_DO: Final[dict[str, Callable[[_Work], None]]] = {
    "run": _run,
    "evaluation": _evaluation,
    "dataset": _dataset,
    "model": _model,
}
_MENDED: Final = {
    "run": {"run.json", "status.json", "index.json", *PUT_ASIDE["runs"]},
    "evaluation": {"evaluation.json", "status.json"},
    "dataset": {"dataset.json"},
    "model": {"model.json", *PUT_ASIDE["models"]},
}
