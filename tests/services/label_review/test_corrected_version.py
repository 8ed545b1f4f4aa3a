"""The child version with accepted corrections: its content, what stays, and what a kill in the middle leaves."""

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
from tests.factories.actors import ADA
from tests.factories.app.app_server import ROOT
from tests.factories.label_issues import LabelIssuesMaker

_KILLED = """
import os, signal, sys
from pathlib import Path
from core.actor import SERVER, process_actor
from core.services.label_review import corrected_version, review_labels
from core.services.versions import making
from core.services.evaluation import open_evaluation
from core.settings import Settings
settings = Settings(workspace=Path(sys.argv[1]))
reviewed = review_labels(settings, open_evaluation(settings, sys.argv[2]))
making.publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
corrected_version.make_corrected(settings, reviewed, actor=process_actor("", SERVER))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


@pytest.fixture
def label_issues(settings: Settings) -> OpenEvaluation:
    return open_evaluation(settings, LabelIssuesMaker().make(settings))


def accepted(settings: Settings, label_issues: OpenEvaluation, number: int = 3) -> Review:
    ids = label_review.review_labels(settings, label_issues).label_issues["suspect_id"].tolist()[:number]
    return label_review.decide(settings, label_issues, dict.fromkeys(ids, ACCEPT), actor=ADA)


def test_the_child_holds_the_corrected_labels_with_images_and_splits_as_they_were(
    settings: Settings, label_issues: OpenEvaluation
) -> None:
    reviewed = accepted(settings, label_issues)
    before = datasets.open_version(settings, reviewed.dataset, "v1")
    made = label_review.make_corrected(settings, reviewed, actor=ADA)
    child = datasets.open_version(settings, reviewed.dataset, made.version)
    assert (made.version, made.parent, child.facts["parent"]) == ("v2", "v1", "v1")
    assert child.labels.images.equals(before.labels.images)
    # The sound labels again: the missing one comes back under a new id, at the end.
    sound = Layout(settings.workspace).folder("dataset", reviewed.dataset) / "sound.parquet"
    columns = ["image_id", "category_id", "x1", "y1", "x2", "y2", "area"]
    expected = read_table(sound)[columns].sort_values(columns, ignore_index=True)
    assert child.labels.annotations[columns].sort_values(columns, ignore_index=True).equals(expected)
    assert child.facts["imported"]["annotations"] == len(expected)
    assert child.facts["content_hash"] == content_hash(child.labels)
    assert child.ready
    for name in child.labels.images["file_name"]:
        assert (child.images_folder / name).samefile(before.images_folder / name)


def test_the_difference_is_readable_and_names_the_evaluation(settings: Settings, label_issues: OpenEvaluation) -> None:
    made = label_review.make_corrected(settings, accepted(settings, label_issues), actor=ADA)
    facts = datasets.open_version(settings, made.dataset, made.version).facts
    words = f"1 box added, 1 class changed, 1 box moved, from evaluation {label_issues.id}"
    assert made.words == facts["difference"]["words"] == words
    assert facts["difference"]["evaluations"] == [label_issues.id]


def test_the_parent_stays_as_it_was(settings: Settings, label_issues: OpenEvaluation) -> None:
    reviewed = accepted(settings, label_issues)
    folder = Layout(settings.workspace).version(reviewed.dataset, "v1")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    label_review.make_corrected(settings, reviewed, actor=ADA)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_same_corrections_make_one_version_and_others_another(
    settings: Settings, label_issues: OpenEvaluation
) -> None:
    first = accepted(settings, label_issues, 2)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: label_review.make_corrected(settings, first, actor=ADA), range(2)))
    assert [one.version for one in made] == ["v2", "v2"]
    assert label_review.next_version(settings, first) == "v3"
    second = accepted(settings, label_issues, 3)
    assert label_review.find_corrected(settings, second) is None
    assert label_review.make_corrected(settings, second, actor=ADA).version == "v3"
    assert label_review.find_corrected(settings, second) is not None


def test_a_label_that_was_confirmed_is_not_asked_about_again_in_the_child(
    settings: Settings, label_issues: OpenEvaluation
) -> None:
    first, second, *_ = label_review.review_labels(settings, label_issues).label_issues["suspect_id"].tolist()
    reviewed = label_review.decide(settings, label_issues, {first: ACCEPT, second: REJECT}, actor=ADA)
    made = label_review.make_corrected(settings, reviewed, actor=ADA)
    (kept,) = read_decisions(Layout(settings.workspace), made.dataset, made.version)
    assert (kept.verdict, kept.suspect_id, kept.evaluation) == (REJECT, second, label_issues.id)
    # The same detections on the child's labels, as the next evaluation would have them.
    spec = replace(label_issues.spec, version=made.version)
    again = label_review.review_labels(settings, replace(label_issues, spec=spec)).label_issues.set_index("suspect_id")[
        "verdict"
    ]
    assert again[second] == REJECT
    assert set(again.drop(second)) == {""}


def test_without_an_accepted_label_issue_there_is_no_version(settings: Settings, label_issues: OpenEvaluation) -> None:
    first = int(label_review.review_labels(settings, label_issues).label_issues["suspect_id"].iloc[0])
    with pytest.raises(AppError, match="nothing to correct"):
        label_review.make_corrected(
            settings, label_review.decide(settings, label_issues, {first: REJECT}, actor=ADA), actor=ADA
        )


@pytest.mark.process
def test_killed_before_the_rename_it_leaves_the_old_state_and_can_be_done_again(
    settings: Settings, label_issues: OpenEvaluation
) -> None:
    reviewed = accepted(settings, label_issues)
    command = [sys.executable, "-c", _KILLED, str(settings.workspace), label_issues.id]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert datasets.describe_dataset(settings, reviewed.dataset)["version"] == "v1"
    assert label_review.make_corrected(settings, reviewed, actor=ADA).version == "v2"
