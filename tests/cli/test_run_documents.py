"""The JSON documents of `runs`, `run` and `group`: their keys, in order, also of runs with damaged files."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.files import read_json, write_json
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.groups import GroupPart
from core.training.run.status import Phase
from tests.factories.runs import RunMaker

_ROW = [
    *("run", "name", "dataset", "phase", "reason", "iteration", "of_iterations", "eta_s", "best", "metrics", "turned"),
    *("remedy", "exception", "failure", "retries", "activity", "pictures", "iterations_per_epoch", "ended"),
    *("queue_position", "device", "dataset_name", "version", "preset", "model", "model_title", "created", "started"),
    *("updated", "actor", "note", "note_revision", "note_author", "tags", "archived", "group", "notes", "damaged"),
]
_DETAILS = [
    *(
        "threshold",
        "temperatures",
        "samples",
        "repaired_from",
        "repaired_by",
        "recipe",
        "classes",
        "weights",
        "environment",
        "history",
        "bytes",
    ),
    "checkpoints",
]
_NESTED = {
    "best": ["iteration", "ap", "ap50"],
    "turned": ["iteration", "training_falls"],
    "retries": ["failure", "cause", "change", "iteration", "time", "knobs"],
    "group": ["group", "name", "kind", "place", "of", "label", "origin", "share", "seed"],
    "repaired_from": ["run", "cause", "iteration", "changes"],
    "weights": ["source", "groups", "origins"],
    "checkpoints": ["kind", "iteration", "ap", "ap50", "bytes"],
    "environment": ["time", "iteration", "device", "seed", "data_hash", "git", "python", "platform", "cuda", "threads",
                    "packages"],
}  # fmt: skip
_UNKNOWN = {
    "status.json": [
        *("phase", "reason", "iteration", "of_iterations", "eta_s", "best", "metrics", "turned", "remedy", "exception"),
        *("failure", "activity", "pictures", "iterations_per_epoch", "device", "started", "updated"),
    ],
    "job.json": ["dataset", "dataset_name", "version", "actor", "group"],
    "recipe.json": ["iterations_per_epoch", "preset", "model", "model_title"],
    "notes.json": ["note", "note_revision", "note_author"],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


def printed(settings: Settings, capsys: pytest.CaptureFixture[str], *line: str) -> Any:
    """The document of a successful verb."""
    assert main(["--workspace", str(settings.workspace), *line, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def filled(settings: Settings) -> str:
    """Make a run whose document has no null, and return its id."""
    run = RunMaker(dataset="shapes").make(settings)
    folder = RunFolder(settings.workspace / "runs" / run)
    change(folder.status, turned={"iteration": 200, "training_falls": True}, retries=[retry()])
    part = GroupPart(group="g-222222", name="cv", kind="folds", place=1, of=3, label="fold 1")
    change(folder.job, group=part.as_dict(), splits_note="Fold 1 of 3.")
    write_json(folder.repaired_from, {"run": "r-222222", "cause": "It failed.", "iteration": 9, "changes": []})
    write_json(folder.repaired_by, {"run": "r-333333"})
    counts = dict.fromkeys(("loaded", "resized", "reinitialised", "missing", "ignored"), 1)
    write_json(folder.weights, {"source": "a file", "groups": [{"group": "backbone", **counts, "note": ""}]})
    # A start as earlier releases wrote it, without a version.
    start = {"time": 1.0, "iteration": 0, "device": "CPU", "seed": 1, "data_hash": "0" * 64, "git": "abc",
             "python": "3.11", "platform": "Linux", "cuda": None, "threads": 2, "packages": {"torch": "2"}}  # fmt: skip
    write_json(folder.environment, {"starts": [start]})
    return run


def retry() -> dict[str, Any]:
    """A failure after which training retried with a changed recipe, as in status.json."""
    return {"failure": "oom", "cause": "No memory.", "change": "Batch 8 → 4.", "iteration": 3, "time": 5.0,
            "knobs": {"batch": [8, 4]}}  # fmt: skip


def change(path: Path, **values: object) -> None:
    """Write other values into a JSON file."""
    write_json(path, read_json(path) | values)


def keys(value: Any) -> list[str]:
    """The keys of an object, or of the first one in a list."""
    return list(value[0] if isinstance(value, list) else value)


def test_the_documents_of_runs_have_their_keys_in_order(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    run = filled(settings)
    (row,) = printed(settings, capsys, "runs")
    document = printed(settings, capsys, "run", run)
    assert list(row) == _ROW
    assert list(document) == [*_ROW, *_DETAILS]
    assert {name: document[name] for name in _ROW} == row
    assert {name: keys(document[name]) for name in _NESTED} == _NESTED
    assert document["retries"] == [retry()]
    assert (document["notes"], document["repaired_by"]) == (["Fold 1 of 3."], "r-333333")


def test_the_recipe_in_the_document_is_the_one_in_the_file(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run = filled(settings)
    stored = read_json(settings.workspace / "runs" / run / "recipe.json")
    assert printed(settings, capsys, "run", run)["recipe"] == stored


@pytest.mark.parametrize("file", sorted(_UNKNOWN))
def test_what_a_damaged_file_would_say_is_null_and_all_else_stands(
    settings: Settings, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    run = filled(settings)
    (before,) = printed(settings, capsys, "runs")
    (settings.workspace / "runs" / run / file).write_text("{")
    (row,) = printed(settings, capsys, "runs")
    assert list(row) == _ROW
    assert row["damaged"]["file"] == file
    # An unknown job also hides its note about the splits.
    others = {"damaged", *_UNKNOWN[file], *(["notes"] if file == "job.json" else [])}
    assert [name for name in row if row[name] is None] == [
        name for name in _ROW if name in _UNKNOWN[file] or (before[name] is None and name != "damaged")
    ]
    assert {name: row[name] for name in _ROW if name not in others | {"ended", "retries", "queue_position"}} == {
        name: before[name] for name in _ROW if name not in others | {"ended", "retries", "queue_position"}
    }


def test_a_run_that_was_cut_off_at_its_start_is_empty_and_not_null(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunMaker(phase=Phase.LOST).make(settings)
    for name in ("status.json", "recipe.json", "job.json"):
        (settings.workspace / "runs" / run / name).unlink()
    document = printed(settings, capsys, "run", run)
    assert (document["dataset"], document["model"], document["recipe"], document["classes"]) == ("", "", {}, [])
    assert document["phase"] == "lost"


def test_the_document_of_a_group_has_its_keys_in_order(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    filled(settings)
    document = printed(settings, capsys, "group", "cv")
    assert list(document) == [
        *("group", "name", "kind", "of", "origin", "dataset", "created", "ended", "runs", "best", "last", "notes"),
    ]
    assert keys(document["runs"]) == [
        *("run", "name", "label", "phase", "iteration", "of_iterations", "best", "last"),
    ]
    assert keys(document["best"]) == keys(document["last"]) == ["ap", "ap50"]
    assert keys(document["best"]["ap"]) == ["values", "mean", "deviation"]


def test_a_run_of_a_group_whose_status_is_damaged_has_no_figures(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run = filled(settings)
    (settings.workspace / "runs" / run / "status.json").write_text("{")
    (row,) = printed(settings, capsys, "group", "cv")["runs"]
    assert [name for name in row if row[name] is None] == ["phase", "iteration", "of_iterations", "best"]
    assert row["last"] == {"ap": None, "ap50": None}
