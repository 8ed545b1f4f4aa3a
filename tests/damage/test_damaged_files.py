"""Every file of a workspace × every kind of damage × every list, and every way of opening what is damaged.

A damaged item is one line in its list; all other lines stay the same; opening the item works or says why it fails.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError
from core.services import datasets, evaluation, label_review, runs, training
from core.services import models as custom_models
from core.services.runs.timing_history import timing_history
from core.services.training import TrainRequest, groups, plan_run
from core.settings import Settings
from core.workspace.layout import Layout
from tests.factories.damages import JSON_ONLY, WHOLE, Damage, damaged, fields
from tests.factories.whole_workspace import Workspace, files_of, make_workspace

pytestmark = pytest.mark.sweep

# The file a line of a list is made of, and what the line is.
_LISTED = {
    "run/run.json": "runs",
    "run/status.json": "runs",
    "run/job.json": "runs",
    "run/recipe.json": "runs",
    "run/notes.json": "runs",
    "dataset/dataset.json": "datasets",
    "dataset/versions/v1/version.json": "datasets",
    "evaluation/evaluation.json": "evaluations",
    "evaluation/status.json": "evaluations",
    "evaluation/request.json": "evaluations",
    "evaluation/scores.json": "evaluations",
    "model/model.json": "",
    "model/given.json": "models",
    "model/facts.json": "models",
    "trash/run.json": "trash",
    "trash/job.json": "trash",
}
# Damaged file -> the error of opening. Without other files opening works, or computes them anew.
_OPENED = {
    "run/status.json": "run",
    "run/job.json": "run",
    "run/recipe.json": "run",
    "dataset/versions/v1/version.json": "dataset",
    "dataset/versions/v1/images.parquet": "dataset",
    "dataset/versions/v1/annotations.parquet": "dataset",
    "dataset/versions/v1/categories.parquet": "dataset",
    "dataset/versions/v1/ignored.parquet": "dataset",
    "dataset/versions/v1/attributes.parquet": "dataset",
    "dataset/versions/v1/findings.parquet": "dataset",
    "evaluation/request.json": "evaluation",
    "evaluation/scores.json": "evaluation",
    "evaluation/images.parquet": "evaluation",
    "evaluation/categories.parquet": "evaluation",
    "evaluation/truths.parquet": "evaluation",
    "evaluation/detections.parquet": "evaluation",
    "model/given.json": "model",
    "model/facts.json": "model",
    "check/status.json": "check",
    "check/result.json": "check",
    "check/request.json": "check",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("damaged") / "workspace")


LISTS: dict[str, Callable[[Settings], Any]] = {
    "runs": lambda settings: [run.to_json() for run in runs.list_runs(settings, archived=True)],
    "datasets": lambda settings: [dataset.to_json() for dataset in datasets.list_datasets(settings)],
    "evaluations": lambda settings: [_as_json(row) for row in evaluation.list_evaluations(settings)],
    "groups": lambda settings: [group.to_json() for group in groups.list_groups(settings)],
    "models": lambda settings: [row for row in custom_models.list_models(settings) if row["kind"] == "own"],
    "trash": lambda settings: [one.to_json() | {"days_left": 0} for one in runs.list_trash(settings)],
    "queue": lambda settings: [one.to_json() for one in runs.list_queue(settings)],
    "measured": lambda settings: timing_history(Layout(settings.workspace))[:0],
    "devices": lambda settings: list(runs.devices(settings).waiting),
}
# The lists that read files of an item, and the ways to open it; those of other items are tried once per file.
_CONCERNS = {
    "run": (("runs", "groups", "measured"), ("run", "run curves", "run samples", "run log")),
    "dataset": (("datasets",), ("dataset", "dataset versions", "dataset image", "dataset plan", "suspects")),
    "evaluation": (("evaluations",), ("evaluation", "evaluation state", "evaluation seal")),
    "model": (("models",), ("model",)),
    "trash": (("trash",), ()),
    "check": (("measured",), ("check",)),
    "slots": (("queue", "devices"), ()),
}


_SLOW = ("dataset", "dataset plan", "suspects")


def lists(settings: Settings, names: Iterable[str] = tuple(LISTS)) -> dict[str, list[dict[str, Any]]]:
    """Every list, or some, as the command line prints it."""
    found = {name: LISTS[name](settings) for name in names}
    return {name: json.loads(json.dumps(rows, allow_nan=False, default=_as_json)) for name, rows in found.items()}


def _as_json(value: Any) -> Any:
    return {name: getattr(value, name, None) for name in (*value.__slots__, "damaged") if hasattr(value, name)}


def openings(workspace: Workspace) -> dict[str, Callable[[], object]]:
    """Every way to open the items that tests damage."""
    settings = workspace.settings
    request = TrainRequest(dataset=workspace.sound_dataset)

    def opened() -> Any:
        return evaluation.open_evaluation(settings, workspace.evaluation)

    return {
        "run": lambda: _printable(runs.describe_run(settings, workspace.run).to_json()),
        "run curves": lambda: dict(runs.read_curves(settings, workspace.run)),
        "run samples": lambda: runs.read_samples(settings, workspace.run),
        "run log": lambda: runs.read_log(settings, workspace.run),
        "dataset": lambda: datasets.open_version(settings, workspace.dataset),
        "dataset versions": lambda: _printable(datasets.describe_dataset(settings, workspace.dataset)),
        "dataset image": lambda: datasets.image_path(settings, workspace.dataset, "v1", 1),
        "dataset plan": lambda: plan_run(settings, TrainRequest(dataset=workspace.dataset)),
        "evaluation": opened,
        "evaluation state": lambda: evaluation.evaluation_state(settings, workspace.evaluation),
        "evaluation seal": lambda: evaluation.find_seal(settings, workspace.evaluation),
        "suspects": lambda: label_review.review_labels(settings, opened()),
        "model": lambda: custom_models.find_custom_model(settings, workspace.model),
        "check": lambda: training.preflight_state(settings, workspace.check, request),
    }


def _printable(document: Any) -> None:
    json.dumps(document, allow_nan=False).encode()


def sound(workspace: Workspace) -> list[Callable[[], object]]:
    """The undamaged items, which must always open."""
    settings = workspace.settings
    return [
        lambda: runs.describe_run(settings, workspace.sound_run),
        lambda: datasets.open_version(settings, workspace.sound_dataset),
        lambda: evaluation.open_evaluation(settings, workspace.sound_evaluation),
        lambda: custom_models.find_custom_model(settings, workspace.sound_model),
        lambda: plan_run(settings, TrainRequest(dataset=workspace.sound_dataset)),
    ]


def _name_of(row: dict[str, Any]) -> str:
    return str(row.get("name") or row.get("title"))


def check_lists(
    workspace: Workspace, before: dict[str, list[dict[str, Any]]], names: Iterable[str]
) -> dict[str, list[dict[str, Any]]]:
    """The current lists; every line except those of damaged items is unchanged."""
    now = lists(workspace.settings, names)
    for name, rows in ((name, before[name]) for name in now):
        kept = [row for row in rows if _name_of(row).startswith("sound")]
        assert [row for row in now[name] if _name_of(row).startswith("sound")] == kept, name
        if name in ("runs", "datasets", "evaluations", "models", "trash"):
            assert len(now[name]) == len(rows), f"a line of {name} is gone"
            assert all(row.keys() == rows[0].keys() for row in now[name])
    return now


def check_mark(marked: list[dict[str, Any]], file: str) -> None:
    """One line is damaged and says in which file, why, and what the user can do."""
    assert len(marked) == 1, f"{len(marked)} lines say that they are damaged"
    damage = marked[0]["damaged"]
    assert damage["file"] == file
    assert damage["reason"]
    assert damage["remedy"]


def failure(look: Callable[[], object]) -> AppError | None:
    """The result of opening; any exception but an AppError would be a traceback for the user."""
    try:
        look()
    except AppError as error:
        assert error.message
        assert error.remedy
        return error
    return None


@pytest.fixture(scope="module")
def before(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    return lists(workspace.settings)


def whole_cases() -> Iterator[Any]:
    for place, name in enumerate(FILES):
        # One reader reads them all: if opening is slow, each file tries some of the ways in turn.
        ways = list(JSON_ONLY)[place % 3 :: 3] if name.startswith(("dataset", "evaluation", "slots")) else JSON_ONLY
        kinds = WHOLE | ({way: JSON_ONLY[way] for way in ways} if name.endswith(".json") else {})
        for kind, damage in kinds.items():
            yield pytest.param(name, kind, damage, id=f"{name}, {kind}")


FILES = (
    *_LISTED,
    *(name for name in _OPENED if name not in _LISTED),
    *("run/checkpoints/index.json", "run/environment.json", "run/thresholds.json", "run/temperatures.json"),
    "run/weights.json",
    *("run/repaired_by.json", "run/repaired_from.json", "run/splits.json", "run/metrics.jsonl", "run/curves.npz"),
    *("run/samples/pictures.parquet", "run/samples/truths.parquet", "run/samples/iteration-000200.parquet"),
    *("run/log.txt", "dataset/decisions/v1.json", "dataset/openings/v1.jsonl", "check/recipe.json", "check/job.json"),
    *("evaluation/intervals-100-0.json", "evaluation/bootstrap-100-0.npz", "slots/order.json"),
)


def test_the_table_names_every_file_that_the_workspace_holds(workspace: Workspace) -> None:
    there = {name for name in files_of(workspace) if not name.endswith("000400.parquet")}
    assert there == set(FILES)


@pytest.mark.parametrize(("name", "kind", "damage"), list(whole_cases()))
def test_a_damaged_file_costs_one_line_and_is_named_where_it_is_opened(
    workspace: Workspace, before: dict[str, list[dict[str, Any]]], name: str, kind: str, damage: Damage
) -> None:
    path = files_of(workspace)[name]
    shown, opened = _CONCERNS[name.partition("/")[0]]
    every = openings(workspace)
    with damaged(path, damage):
        now = check_lists(workspace, before, LISTS if kind == "empty" else shown)
        if place := _LISTED.get(name):
            marked = [row for row in now[place] if row["damaged"]]
            if (name, kind) == ("run/notes.json", "an empty object"):
                assert not marked  # a run without the file: every field has its default
            else:
                check_mark(marked, path.name)
        told = {look: failure(every[look]) for look in (every if kind == "empty" else opened)}
        if look := _OPENED.get(name):
            error = told[look]
            assert error is not None, f"{look} opens as if nothing were wrong"
            assert path.name in error.message
        for do in sound(workspace) if kind == "empty" else ():
            assert failure(do) is None


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".json")])
def test_a_field_that_is_missing_or_of_another_type_is_no_traceback(
    workspace: Workspace, before: dict[str, list[dict[str, Any]]], name: str
) -> None:
    path = files_of(workspace)[name]
    shown, opened = _CONCERNS[name.partition("/")[0]]
    # Only the readers of the file: reading the tables anew for each of some hundred cases is slow.
    every = {look: do for look, do in openings(workspace).items() if look in opened and look not in _SLOW}
    fallen = []
    for field, content in fields(path):
        with damaged(path, lambda at, content=content: at.write_bytes(content) and None):  # type: ignore[misc]
            try:
                check_lists(workspace, before, shown)
                for do in every.values():
                    failure(do)
            except Exception as error:
                fallen.append(f"{field}: {type(error).__name__}: {error}"[:200])
    assert not fallen, f"{len(fallen)} fell:\n" + "\n".join(fallen[:20])


def test_a_damaged_line_keeps_what_the_other_files_say(workspace: Workspace) -> None:
    run = workspace.folder("run")
    with damaged(run / "status.json", WHOLE["cut"]):
        (row,) = [row for row in runs.list_runs(workspace.settings, archived=True) if row.run == workspace.run]
        assert (row.name, row.dataset, row.tags, row.phase, row.ended) == (
            "broken run", workspace.dataset, ("good",), None, True,
        )  # fmt: skip
    with damaged(run / "run.json", WHOLE["cut"]):
        (workspace.settings.workspace / "registry.sqlite").unlink()
        (row,) = [row for row in runs.list_runs(workspace.settings, archived=True) if row.run == workspace.run]
        assert (row.name, row.phase) == ("broken run", "finished")


def test_a_workspace_without_the_newer_fields_is_not_damaged(workspace: Workspace) -> None:
    """Later fields have defaults: a run of the first release has few fields."""
    run = workspace.folder("run")
    document = json.loads((run / "status.json").read_bytes())
    old = {name: document[name] for name in ("phase", "iteration", "of_iterations", "started", "updated")}

    def write(path: Path) -> None:
        path.write_text(json.dumps(old))

    with damaged(run / "status.json", write):
        assert runs.describe_run(workspace.settings, workspace.run).phase == "finished"
