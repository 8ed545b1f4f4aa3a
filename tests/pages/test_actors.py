"""Pages name the actor of an action, and act in the name of the server's process."""

from pathlib import Path

import pytest

from core.actor import Actor
from core.files import read_json, write_json
from core.services import label_review, runs
from core.services.evaluation import list_openings, open_evaluation, open_seal
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.status import Phase
from core.workspace.layout import Layout
from pages.widgets.text import escape
from tests.factories.actors import BOB
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.label_issues import LabelIssuesMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker

HOSTILE = "<b>eve</b> [x](http://evil) $y$ :red[z]"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("DETDESK_USER", HOSTILE)
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return workspace(monkeypatch, tmp_path)


def test_a_run_that_a_page_starts_says_who_started_it_without_the_markup_of_the_name(settings: Settings) -> None:
    DatasetMaker().make(settings)
    page = open_page("train")
    page.button(key="train-start").click().run()
    run = page.query_params["run"]

    shown = texts(open_page("run", run=run))

    assert runs.describe_run(settings, run).actor == Actor(name=HOSTILE, source="page")
    assert f"by {escape(HOSTILE)}" in shown
    assert HOSTILE not in shown


def test_a_run_with_a_missing_or_damaged_actor_names_nobody(settings: Settings) -> None:
    run = RunMaker(phase=Phase.STOPPED).make(settings)
    job = Layout(settings.workspace).folder("run", run) / "job.json"
    write_json(job, {**read_json(job), "actor": {"name": ["eve"]}})

    page = open_page("run", run=run)

    (caption,) = [one.value for one in page.caption if "started" in one.value]
    assert " by " not in caption
    page.button(key="run-resume").click().run()
    (change,) = runs.describe_run(settings, run).history
    assert (change.did, change.actor and change.actor.name) == ("resumed", HOSTILE)


def test_opened_test_scores_say_who_opened_them_first(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=3, test=4).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    sealed = EvaluationMaker(dataset=dataset, run=run, split="test", name="on test").make(settings)

    page = open_page("evaluate", evaluation=sealed).button(key="open-seal").click().run()

    (opening,) = list_openings(settings, dataset, "v1")
    assert opening.actor is not None
    assert (opening.actor.name, opening.place) == (HOSTILE, "page")
    assert f"by {escape(HOSTILE)}." in texts(page)
    assert HOSTILE not in texts(page)


def test_an_opening_of_an_earlier_version_is_counted_and_names_nobody(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=3, test=4).make(settings)
    sealed = EvaluationMaker(dataset=dataset, run="r-other", split="test", name="on test").make(settings)
    open_seal(settings, sealed, actor=BOB)
    log = settings.workspace / "datasets" / dataset / "openings" / "v1.jsonl"
    line = {name: value for name, value in read_json(log).items() if name != "actor"}
    write_json(log, line)
    log.write_text(log.read_text().replace("\n", "") + "\n")

    shown = texts(open_page("evaluate", evaluation=sealed))

    (words,) = [one for one in shown.splitlines() if "opened once, on" in one]
    assert " by " not in words


def test_a_decided_label_issue_says_who_decided(settings: Settings) -> None:
    label_issues = LabelIssuesMaker().make(settings)
    page = open_page("evaluate", evaluation=label_issues, tab="Label issues")
    first = (
        label_review.review_labels(settings, open_evaluation(settings, label_issues))
        .label_issues["suspect_id"]
        .tolist()[0]
    )
    page.button(key="suspect-reject").click().run()
    assert " this one " not in texts(page)  # the next one is undecided

    back = texts(open_page("evaluate", evaluation=label_issues, tab="Label issues", suspect=str(first)))

    assert f"1 of 3 decided · this one rejected by {escape(HOSTILE)}" in back
    assert HOSTILE not in back
