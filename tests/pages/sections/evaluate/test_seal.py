"""The seal on test scores, on the evaluate page, in the list and on the overview."""

from pathlib import Path

import pytest

from core.services import evaluation
from core.services.evaluation import list_openings, open_seal
from core.settings import Settings
from tests.factories.actors import ADA, BOB
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def sealed(settings: Settings) -> str:
    dataset = DatasetMaker(train=2, val=3, test=4).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    return EvaluationMaker(dataset=dataset, run=run, split="test", name="on test").make(settings)


def test_sealed_scores_are_shown_after_a_click_that_is_logged(settings: Settings, sealed: str) -> None:
    page = open_page("evaluate", evaluation=sealed)
    assert "sealed" in page.subheader[0].value
    assert "Nobody has opened" in texts(page)
    assert not page.metric

    page.button(key="open-seal").click().run()

    assert {metric.label for metric in page.metric} >= {"AP", "AP50"}
    assert "opened once, on" in texts(page)
    (opening,) = list_openings(settings, "shapes", "v1")
    assert (opening.place, opening.evaluation) == ("page", sealed)


def test_a_second_visit_is_no_second_opening(settings: Settings, sealed: str) -> None:
    open_page("evaluate", evaluation=sealed).button(key="open-seal").click().run()
    open_page("evaluate", evaluation=sealed)
    assert len(list_openings(settings, "shapes", "v1")) == 1


def test_the_page_counts_the_openings_of_all_runs(settings: Settings, sealed: str) -> None:
    other = EvaluationMaker(dataset="shapes", run="r-other", split="test", name="another").make(settings)
    open_seal(settings, other, actor=ADA)
    open_seal(settings, sealed, actor=BOB)
    assert "opened 2 times, for 2 models; the first time on" in texts(open_page("evaluate", evaluation=sealed))


def test_list_and_overview_show_no_sealed_ap(settings: Settings, sealed: str) -> None:
    open_seal(settings, sealed, actor=BOB)
    ap = f"{evaluation.summarise(evaluation.open_evaluation(settings, sealed))['ap'] * 100:.1f}"
    (settings.workspace / "datasets/shapes/openings/v1.jsonl").unlink()

    listed, overview = open_page("evaluate"), open_page("overview")

    assert "sealed" in texts(listed)
    assert ap not in texts(listed)
    assert [(metric.label, metric.value) for metric in overview.metric] == [("AP, test", "sealed")]
    assert "AP50" not in texts(overview)
