"""The child version of accepted suspects: what is in it, what stays, and what a kill in the middle leaves."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import AppError
from core.labels.imports.plan import content_hash
from core.services import datasets, label_review
from core.services.evaluation import OpenEvaluation, open_evaluation
from core.services.label_review import ACCEPT, REJECT, Review
from core.settings import Settings
from core.tables import read_table
from core.workspace.decisions import read_decisions
from core.workspace.layout import Layout
from tests.factories.app.app_server import ROOT
from tests.factories.label_issues import DoubtedMaker

_KILLED = """
import os, signal, sys
from pathlib import Path
from core.services.label_review import corrected_version, review_labels
from core.services.evaluation import open_evaluation
from core.settings import Settings
settings = Settings(workspace=Path(sys.argv[1]))
reviewed = review_labels(settings, open_evaluation(settings, sys.argv[2]))
corrected_version.publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
corrected_version.make_corrected(settings, reviewed)
"""


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


@pytest.fixture
def doubted(here: Settings) -> OpenEvaluation:
    return open_evaluation(here, DoubtedMaker().make(here))


def accepted(here: Settings, doubted: OpenEvaluation, number: int = 3) -> Review:
    ids = label_review.review_labels(here, doubted).suspects["suspect_id"].tolist()[:number]
    return label_review.decide(here, doubted, dict.fromkeys(ids, ACCEPT))


def test_the_child_holds_the_corrected_labels_with_pictures_and_splits_as_they_were(
    here: Settings, doubted: OpenEvaluation
) -> None:
    reviewed = accepted(here, doubted)
    before = datasets.open_version(here, reviewed.dataset, "v1")
    made = label_review.make_corrected(here, reviewed)
    child = datasets.open_version(here, reviewed.dataset, made.version)
    assert (made.version, made.parent, child.facts["parent"]) == ("v2", "v1", "v1")
    assert child.labels.images.equals(before.labels.images)
    # The sound labels again: the missing one comes back under a new id, at the end.
    sound = Layout(here.workspace).one("dataset", reviewed.dataset) / "sound.parquet"
    columns = ["image_id", "category_id", "x1", "y1", "x2", "y2", "area"]
    expected = read_table(sound)[columns].sort_values(columns, ignore_index=True)
    assert child.labels.annotations[columns].sort_values(columns, ignore_index=True).equals(expected)
    assert child.facts["imported"]["annotations"] == len(expected)
    assert child.facts["content_hash"] == content_hash(child.labels)
    assert child.ready
    for name in child.labels.images["file_name"]:
        assert (child.images_folder / name).samefile(before.images_folder / name)


def test_the_difference_is_readable_and_names_the_evaluation(here: Settings, doubted: OpenEvaluation) -> None:
    made = label_review.make_corrected(here, accepted(here, doubted))
    facts = datasets.open_version(here, made.dataset, made.version).facts
    words = f"1 box added, 1 class changed, 1 box moved, from evaluation {doubted.id}"
    assert made.words == facts["difference"]["words"] == words
    assert facts["difference"]["evaluations"] == [doubted.id]


def test_the_parent_stays_as_it_was(here: Settings, doubted: OpenEvaluation) -> None:
    reviewed = accepted(here, doubted)
    folder = Layout(here.workspace).version(reviewed.dataset, "v1")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    label_review.make_corrected(here, reviewed)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_same_corrections_make_one_version_and_others_another(here: Settings, doubted: OpenEvaluation) -> None:
    first = accepted(here, doubted, 2)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: label_review.make_corrected(here, first), range(2)))
    assert [one.version for one in made] == ["v2", "v2"]
    assert label_review.next_version(here, first) == "v3"
    second = accepted(here, doubted, 3)
    assert label_review.find_corrected(here, second) is None
    assert label_review.make_corrected(here, second).version == "v3"
    assert label_review.find_corrected(here, second) is not None


def test_a_label_that_was_confirmed_is_not_asked_about_again_in_the_child(
    here: Settings, doubted: OpenEvaluation
) -> None:
    first, second, *_ = label_review.review_labels(here, doubted).suspects["suspect_id"].tolist()
    reviewed = label_review.decide(here, doubted, {first: ACCEPT, second: REJECT})
    made = label_review.make_corrected(here, reviewed)
    (kept,) = read_decisions(Layout(here.workspace), made.dataset, made.version)
    assert (kept.verdict, kept.suspect_id, kept.evaluation) == (REJECT, second, doubted.id)
    # The same detections on the child's labels, as the next evaluation would have them.
    request = {**doubted.request, "version": made.version}
    again = label_review.review_labels(here, replace(doubted, request=request)).suspects.set_index("suspect_id")[
        "verdict"
    ]
    assert again[second] == REJECT
    assert set(again.drop(second)) == {""}


def test_without_an_accepted_suspect_there_is_no_version(here: Settings, doubted: OpenEvaluation) -> None:
    first = int(label_review.review_labels(here, doubted).suspects["suspect_id"].iloc[0])
    with pytest.raises(AppError, match="nothing to correct"):
        label_review.make_corrected(here, label_review.decide(here, doubted, {first: REJECT}))


@pytest.mark.process
def test_killed_before_the_rename_it_leaves_the_old_state_and_can_be_done_again(
    here: Settings, doubted: OpenEvaluation
) -> None:
    reviewed = accepted(here, doubted)
    command = [sys.executable, "-c", _KILLED, str(here.workspace), doubted.id]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert datasets.describe_dataset(here, reviewed.dataset)["version"] == "v1"
    assert label_review.make_corrected(here, reviewed).version == "v2"
