"""A workspace that commit be2820a wrote opens, trains, resumes and evaluates: the command line, real workers."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from tests.factories.workspace_be2820a import CONTENT_HASHES, TEST_EVALUATION, VAL_EVALUATION, make_workspace

pytestmark = pytest.mark.usefixtures("warm_workers")


class Detdesk:
    """The command line on one workspace, in this process; the workers that it starts are real ones."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._capsys = root, capsys

    def __call__(self, *arguments: str) -> Any:
        """The document of a verb, which must end well."""
        self._capsys.readouterr()
        status = main(["--workspace", str(self.root), *arguments, "--json"])
        printed = self._capsys.readouterr()
        assert status == 0, printed.out + printed.err
        return json.loads(printed.out)

    def text(self, *arguments: str) -> str:
        """What a verb says without --json."""
        self._capsys.readouterr()
        assert main(["--workspace", str(self.root), *arguments]) == 0
        return self._capsys.readouterr().out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made") / "workspace"
    make_workspace(root)
    return root


@pytest.fixture
def detdesk(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Detdesk:
    """A copy of the workspace for each test."""
    shutil.copytree(made, tmp_path / "workspace")
    return Detdesk(tmp_path / "workspace", capsys)


@pytest.mark.parametrize(
    "verb",
    [
        "datasets", "dataset shapes", "models", "runs", "runs --archived", "run first", "run stopped",
        "run r-qnc86c", "group pair", "log first", "queue", "trash", "seal shapes",
        f"threshold {VAL_EVALUATION}", f"calibrate {VAL_EVALUATION}",
        f"slices {VAL_EVALUATION}", f"advice {VAL_EVALUATION}", f"boxes {VAL_EVALUATION}",
        f"suspects {VAL_EVALUATION}", f"seal {TEST_EVALUATION}", f"intervals {VAL_EVALUATION} --resamples 100",
    ],
)  # fmt: skip
def test_every_verb_that_lists_or_shows_opens_it(verb: str, detdesk: Detdesk) -> None:
    assert detdesk(*verb.split()) is not None
    assert detdesk.text(*verb.split()).strip()


def test_nothing_that_people_wrote_is_lost(detdesk: Detdesk) -> None:
    first = detdesk("run", "first")
    assert (first["note"], first["tags"]) == ("A **first** run", ["good", "old"])
    assert first["threshold"]["score"] == 0.67
    assert first["best"] == {"iteration": 4, "ap": 0.0, "ap50": 0.0}
    assert {run["name"] for run in detdesk("runs")} == {"first", "stopped", "pair, seed 1"}
    assert {run["name"] for run in detdesk("runs", "--archived")} >= {"pair, seed 2"}
    assert [run["label"] for run in detdesk("group", "pair")["runs"]] == ["seed 1", "seed 2"]
    assert [opening["evaluation"] for opening in detdesk("seal", "shapes")["openings"]] == []
    found = detdesk("seal", TEST_EVALUATION)
    assert [opening["evaluation"] for opening in found["openings"]] == [TEST_EVALUATION]


def test_decisions_on_label_issues_are_read_for_both_versions(detdesk: Detdesk) -> None:
    reviewed = detdesk("suspects", VAL_EVALUATION, "--score", "0.01")
    verdicts = {
        label_issue["id"]: label_issue["verdict"] for label_issue in reviewed["suspects"] if label_issue["verdict"]
    }
    assert verdicts == {13: "accept", 2: "reject"}
    assert reviewed["difference"]["words"] == "1 box added"


def test_the_stored_content_hashes_stay_and_the_child_is_found_again(detdesk: Detdesk) -> None:
    versions = detdesk.root / "datasets" / "shapes" / "versions"
    stored = {path.parent.name: json.loads(path.read_text()) for path in versions.glob("*/version.json")}
    assert {name: facts["content_hash"] for name, facts in stored.items()} == CONTENT_HASHES
    assert stored["v2"]["parent"] == "v1"
    again = detdesk("suspects", VAL_EVALUATION, "--score", "0.01", "--apply")
    assert again["made"]["version"] == "v2", "the same corrections make one version, made by be2820a"
    assert {path.name for path in versions.iterdir() if not path.name.startswith(".")} == {"v1", "v2"}
    assert json.loads((versions / "v2" / "version.json").read_text())["content_hash"] == CONTENT_HASHES["v2"]


def test_kept_error_bars_are_not_computed_again(detdesk: Detdesk) -> None:
    kept = detdesk.root / "evaluations" / VAL_EVALUATION
    before = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    detdesk("intervals", VAL_EVALUATION, "--resamples", "100")
    after = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert {name: after[name] for name in before if name.startswith(("intervals", "bootstrap"))} == {
        name: time for name, time in before.items() if name.startswith(("intervals", "bootstrap"))
    }


def test_the_registry_can_be_made_anew_from_the_folders(detdesk: Detdesk) -> None:
    (detdesk.root / "registry.sqlite").unlink()
    assert {run["name"] for run in detdesk("runs")} == {"first", "stopped", "pair, seed 1"}
    assert [dataset["id"] for dataset in detdesk("datasets")] == ["shapes"]


def test_a_report_is_written_of_its_evaluation(detdesk: Detdesk, tmp_path: Path) -> None:
    written = detdesk("report", VAL_EVALUATION, "--out", str(tmp_path / "report.html"))
    assert written["pictures"] == 3
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_its_stopped_run_resumes_from_its_checkpoint_to_its_end(detdesk: Detdesk) -> None:
    ended = detdesk("resume", "stopped", "--wait")
    assert (ended["phase"], ended["iteration"]) == ("finished", 6)
    starts = json.loads((detdesk.root / "runs" / ended["run"] / "environment.json").read_text())["starts"]
    assert starts[0]["iteration"] == 0
    assert "iteration 2" in (detdesk.root / "runs" / ended["run"] / "log.txt").read_text()


def test_its_recipe_trains_again_and_its_run_is_evaluated_and_calibrated(
    detdesk: Detdesk,
) -> None:
    trained = detdesk("train", "--like", "first", "--name", "again", "--wait")
    assert (trained["phase"], trained["iteration"]) == ("finished", 4)
    before = trained["recipe"]
    assert {key: before[key] for key in ("iterations", "batch", "overrides")} == {
        key: detdesk("run", "first")["recipe"][key] for key in ("iterations", "batch", "overrides")
    }
    evaluated = detdesk("evaluate", "first", "--split", "val")
    assert evaluated["images"] == 3
    assert evaluated["score"] == 0.67, "the stored threshold is taken"

    kept = (detdesk.root / "runs" / detdesk("run", "first")["run"] / "thresholds.json").read_bytes()
    boxes = detdesk("boxes", evaluated["evaluation"], "--score", "0")["boxes"]
    assert {box["calibrated"] for box in boxes} == {None}, "it has no temperatures yet"
    stored = detdesk("calibrate", "first", "--store")["stored"]
    assert stored["evaluation"] == evaluated["evaluation"]
    calibrated = detdesk("boxes", evaluated["evaluation"], "--score", "0")["boxes"]
    assert [{**box, "calibrated": None} for box in calibrated] == boxes
    assert all(0 < box["calibrated"] < 1 for box in calibrated if box["score"] is not None)
    run = detdesk("run", "first")
    assert run["temperatures"] == stored
    assert (detdesk.root / "runs" / run["run"] / "thresholds.json").read_bytes() == kept


def test_a_new_run_starts_from_the_weights_of_an_old_one(detdesk: Detdesk) -> None:
    keys = ("MODEL.FPN.OUT_CHANNELS=16", "MODEL.ROI_BOX_HEAD.FC_DIM=16", "MODEL.RESNETS.RES2_OUT_CHANNELS=8",
            "MODEL.RESNETS.STEM_OUT_CHANNELS=8")  # fmt: skip
    sets = [word for key in keys for word in ("--set", key)]
    sizes = ("--batch", "2", "--input-sizes", "48", "--test-size", "48", "--workers", "0", "--iterations", "2")
    started = detdesk("train", "shapes", "--weights", "first", "--name", "next", *sizes, *sets, "--wait")
    assert (started["phase"], started["version"]) == ("finished", "v2")
    weights = json.loads((detdesk.root / "runs" / started["run"] / "weights.json").read_text())
    assert weights["missing"] == weights["reinitialised"] == []
