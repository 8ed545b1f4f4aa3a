"""The report's popover on the evaluate page: made on request, with the page's score, IoU and filter."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from core.settings import Settings
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def evaluation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    settings = workspace(monkeypatch, tmp_path)
    dataset = DatasetMaker(train=2, val=12).make(settings)
    return EvaluationMaker(dataset=dataset, missed=0.3, mixed_up=0.3, seed=3).make(settings)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the download buttons of the page hold."""
    held: list[bytes] = []
    button: Callable[..., Any] = st.download_button

    def holding(label: str, data: bytes, *arguments: Any, **options: Any) -> Any:
        held.append(data)
        return button(label, data, *arguments, **options)

    monkeypatch.setattr(st, "download_button", holding)
    return held


def document_of(report: bytes) -> dict[str, Any]:
    block = report.decode().split('id="data">')[1].split("</script>")[0]
    return json.loads(block)


def test_no_report_is_made_before_the_click(evaluation: str, downloads: list[bytes]) -> None:
    page = open_page("evaluate", evaluation=evaluation)

    assert not page.exception
    assert page.button(key="make-report").label == "Make the report"
    assert downloads == []


def test_the_report_has_the_pages_score_iou_and_filter(evaluation: str, downloads: list[bytes]) -> None:
    page = open_page("evaluate", evaluation=evaluation, score="0.3", iou="0.6", outcome="missed", **{"class": "blue"})

    page.button(key="make-report").click().run()

    assert not page.exception
    document = document_of(downloads[-1])
    assert (document["score"], document["iou"]) == (0.3, 0.6)
    assert document["start"] == {"cell": None, "cause": "", "class": 1, "outcome": "missed", "sort": "mistakes"}
    shown = len(document["pictures"])
    assert 0 < shown < 12
    assert f"It has {shown} of 12 images." in texts(page)


def test_another_score_needs_another_report(evaluation: str, downloads: list[bytes]) -> None:
    page = open_page("evaluate", evaluation=evaluation)
    page.button(key="make-report").click().run()
    made = len(downloads)
    assert made > 0

    page.slider(key="address:score").set_value(0.8).run()

    assert not page.exception
    assert len(downloads) == made


def test_it_is_made_once_and_kept_while_the_view_stays_the_same(
    evaluation: str, downloads: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("evaluate", evaluation=evaluation)
    page.button(key="make-report").click().run()
    monkeypatch.setattr("pages.sections.evaluate.report.make_report", lambda *_: pytest.fail("made again"))

    page.run()

    assert not page.exception
    assert downloads[-1] == downloads[0]


def test_the_report_has_at_most_the_chosen_number_of_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = workspace(monkeypatch, tmp_path)
    page = open_page(
        "evaluate", evaluation=EvaluationMaker(dataset=DatasetMaker(train=2, val=24).make(settings)).make(settings)
    )
    page.selectbox(key="report-pictures").set_value(20).run()

    page.button(key="make-report").click().run()

    assert "It has 20 of 24 images." in texts(page)


def test_sealed_scores_offer_no_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings: Settings = workspace(monkeypatch, tmp_path)
    dataset = DatasetMaker(train=2, val=2, test=4).make(settings)
    sealed = EvaluationMaker(dataset=dataset, split="test", name="on test").make(settings)

    page = open_page("evaluate", evaluation=sealed)

    assert not [button for button in page.button if button.key == "make-report"]
