"""Which files are rebuilt, which are set aside, and which only a backup restores."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.errors import ConflictError, DamagedFileError
from core.services import datasets, evaluation, runs
from core.services import models as custom_models
from core.services.rebuilding import can_rebuild, rebuild
from core.training.launch.liveness import release, try_hold
from core.training.run.folder import RunFolder
from tests.factories.actors import ADA
from tests.factories.damages import WHOLE
from tests.factories.whole_workspace import Workspace, make_workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("rebuilt") / "workspace")


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Workspace:
    return made.copy(tmp_path / "workspace")


def seen(workspace: Workspace, kind: str) -> Any:
    """What the item looks like."""
    if kind == "run":
        return runs.describe_run(workspace.settings, workspace.run).to_json()
    if kind == "evaluation":
        return evaluation.summarise(evaluation.open_evaluation(workspace.settings, workspace.evaluation))
    if kind == "dataset":
        return datasets.describe_dataset(workspace.settings, workspace.dataset)
    return custom_models.describe_model(workspace.settings, workspace.model)


@pytest.mark.parametrize("damage", ["empty", "a folder"])
@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("run", "run.json"),
        ("run", "status.json"),
        ("run", "checkpoints/index.json"),
        ("evaluation", "evaluation.json"),
        ("evaluation", "status.json"),
        ("dataset", "dataset.json"),
        ("model", "model.json"),
    ],
)
def test_a_file_is_made_anew_as_it_was(workspace: Workspace, kind: str, file: str, damage: str) -> None:
    before, path = seen(workspace, kind), workspace.folder(kind) / file
    WHOLE[damage](path)
    done = rebuild(workspace.settings, getattr(workspace, kind), actor=ADA)
    assert (done.kind, done.rebuilt) == (kind, [path.name])
    assert path.with_name(f"{path.name}.damaged").exists()
    told_by_nothing_else = {"started", "updated", "pictures", "device", "iterations_per_epoch", "activity", "bytes"}
    told_by_nothing_else |= {"history"}  # which records the rebuild
    after = seen(workspace, kind)
    lost = {name for name in before if after[name] != before[name]}
    assert lost <= told_by_nothing_else


@pytest.mark.parametrize(
    "file",
    ["notes.json", "thresholds.json", "temperatures.json", "environment.json", "metrics.jsonl", "log.txt"],
)
def test_what_a_run_stands_without_is_put_aside(workspace: Workspace, file: str) -> None:
    path = workspace.folder("run") / file
    WHOLE["a folder"](path)
    assert rebuild(workspace.settings, workspace.run, actor=ADA).put_aside == [file]
    assert runs.describe_run(workspace.settings, workspace.run).damaged is None


@pytest.mark.parametrize(("kind", "file"), [("run", "recipe.json"), ("run", "job.json"), ("evaluation", "scores.json")])
def test_what_nothing_else_tells_needs_a_backup(workspace: Workspace, kind: str, file: str) -> None:
    path = workspace.folder(kind) / file
    WHOLE["cut"](path)
    with pytest.raises(DamagedFileError, match=file) as caught:
        rebuild(workspace.settings, getattr(workspace, kind), actor=ADA)
    assert "backup" in caught.value.remedy
    assert not can_rebuild(kind, file)


def test_a_run_at_work_is_left_alone(workspace: Workspace) -> None:
    folder = RunFolder(workspace.folder("run"))
    WHOLE["cut"](folder.status)
    try_hold(folder.lock)
    try:
        with pytest.raises(ConflictError, match="active"):
            rebuild(workspace.settings, workspace.run, actor=ADA)
        (row,) = [row for row in runs.list_runs(workspace.settings) if row.run == workspace.run]
        assert (row.phase, row.ended) == (None, False)
        assert row.damaged is not None
        assert row.damaged.file == "status.json"
    finally:
        release(folder.lock)


# No verb here starts a worker: the damage blocks it.
_VERBS = {
    "run/status.json": "run R; stop R; kill R; resume R; extend R --iterations 5; repair R --dry-run; archive R; "
    "log R; group g-234567",
    "run/job.json": "run R; repair R --dry-run; evaluate R; train --like R; group g-234567",
    "run/recipe.json": "run R; extend R --iterations 5; evaluate R; train --like R",
    "run/notes.json": "run R; note R x; tag R +x; archive R; unarchive R; rename R other",
    "run/run.json": "run R; rename R other; delete R",
    "run/thresholds.json": "run R; threshold E",
    "run/temperatures.json": "run R; calibrate E",
    "run/cluster.json": "run R; delete R",
    "evaluation/scores.json": "threshold E; slices E; boxes E; advice E; intervals E; seal E; compare E S; suspects E; "
    "report E --out O",
    "evaluation/request.json": "threshold E; boxes E; seal E; compare S E",
    "dataset/versions/v1/version.json": "dataset D; train D --seeds 3; train D --folds 2",
    "dataset/versions/v1/images.parquet": "dataset D; preview D --out O; evaluate R",
    "dataset/decisions/v1.json": "suspects E; suspects E --accept 1",
    "model/facts.json": "evaluate --model M --dataset D; train D --model M",
}


@pytest.mark.parametrize("name", _VERBS)
def test_a_verb_on_what_is_damaged_says_so_and_is_exit_2(
    workspace: Workspace, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, _, file = name.partition("/")
    path = workspace.folder(kind) / file
    path.touch()
    WHOLE["cut"](path)
    before = path.read_bytes()
    letters = {
        "R": workspace.run,
        "D": workspace.dataset,
        "E": workspace.evaluation,
        "S": workspace.sound_evaluation,
        "M": workspace.model,
        "O": str(tmp_path / "out"),
    }
    for line in (*_VERBS[name].split("; "), "runs", "datasets", "models", "trash", "queue"):
        words = [letters.get(word, word) for word in line.split()]
        code = main(["--workspace", str(workspace.settings.workspace), *words, "--json"])
        document = json.loads(capsys.readouterr().out)
        assert code in (0, 2), f"{line}: {document}"
        if code == 2:
            assert document["error"]["message"]
            assert document["error"]["remedy"], line
        if path.exists() and file != "run.json":
            assert path.read_bytes() == before, f"{line} wrote over the damaged file"


def test_the_verb_rebuilds_and_then_the_run_is_shown(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    WHOLE["zeros"](workspace.folder("run") / "status.json")
    arguments = ["--workspace", str(workspace.settings.workspace)]
    assert main([*arguments, "run", workspace.run, "--json"]) == 2
    assert "status.json is damaged: it holds" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert main([*arguments, "rebuild", workspace.run, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {"kind": "run", "id": workspace.run, "rebuilt": ["status.json"], "put_aside": []}
    assert main([*arguments, "run", workspace.run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["phase"] == "finished"
