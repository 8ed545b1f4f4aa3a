"""The charts and the log of runs, with the choices of the address."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.workspace.layout import Layout
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.runs import RunMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


def _charts(page: AppTest) -> list[dict[str, Any]]:
    assert not page.exception
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def _names(chart: dict[str, Any]) -> list[str]:
    return [trace["name"] for trace in chart["data"] if trace.get("showlegend", True)]


def _log_of(settings: Settings, run: str) -> Path:
    return RunFolder(Layout(settings.workspace).folder("run", run)).log


def test_the_charts_of_a_run_are_eight_each_under_its_title(settings: Settings) -> None:
    page = open_page("run", run=RunMaker().make(settings))

    assert len(_charts(page)) == 8
    assert all(not chart["layout"].get("title") for chart in _charts(page)), "Plotly would cut it"
    for title in ("Loss: where validation parts", "Time spent waiting for data", "Disk of the workspace"):
        assert title in texts(page).replace("\\", "")


def test_the_address_chooses_parts_classes_axis_and_scale(settings: Settings) -> None:
    run = RunMaker(classes=("RBC", "WBC")).make(settings)

    page = open_page("run", run=run, loss=["loss/total", "loss/cls"], ap=["ap/WBC"], x="epochs", log="1", smooth="0")

    loss, ap = _charts(page)[:2]
    assert _names(loss) == ["Training", "Validation", "Loss: classes"]
    assert _names(ap) == ["AP of WBC"]
    assert loss["layout"]["xaxis"]["title"]["text"] == "Epochs"
    assert (loss["layout"]["yaxis"]["type"], ap["layout"]["yaxis"]["type"]) == ("log", "linear")


def test_an_invalid_address_shows_the_defaults(settings: Settings) -> None:
    run = RunMaker().make(settings)

    page = open_page("run", run=run, loss=["<b>"], ap=["x"], x="moons", smooth="nan", level="loud")

    loss, ap = _charts(page)[:2]
    assert _names(loss) == ["Training", "Validation"]
    assert _names(ap) == ["AP", "AP50", "AP75"]


def test_the_address_keeps_the_users_choices(settings: Settings) -> None:
    page = open_page("run", run=RunMaker().make(settings))

    page.toggle(key="address:best").set_value(True).run()
    page.slider(key="address:smooth").set_value(0.9).run()

    assert page.query_params["best"] == "1"
    assert page.query_params["smooth"] == "0.9"


def test_compared_runs_show_the_curves_that_the_address_names(settings: Settings) -> None:
    picked = [RunMaker(name=f"seed {seed}", seed=seed).make(settings) for seed in (1, 2)]

    page = open_page("runs", compare=picked, curve=["ap/RBC", "loss/cls", "waiting"], x="time")

    charts = _charts(page)
    assert [len({trace["name"] for trace in chart["data"]}) for chart in charts] == [2, 2, 2]
    assert "minutes" in charts[0]["layout"]["xaxis"]["title"]["text"].lower()
    for title in ("AP of RBC", "Loss: classes, validation dashed", "Waiting for data in %"):
        assert title in texts(page).replace("\\", "")


def test_a_search_marks_what_it_finds_and_counts_it(settings: Settings) -> None:
    run = RunMaker().make(settings)
    _log_of(settings, run).write_text("2026-11-23 08:00:00 INFO <script>alert(1)</script> loss\nanother line\n")

    page = open_page("run", run=run, find="LOSS")

    shown = texts(page)
    assert "1 line found in all" in shown
    assert "<mark>loss</mark>" in shown
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "another line" not in shown


def test_a_wrong_pattern_is_a_message_and_the_page_goes_on(settings: Settings) -> None:
    page = open_page("run", run=RunMaker().make(settings), find="(", regex="1")

    assert len(_charts(page)) == 8
    assert "is not a regular expression" in page.error[0].value


def test_the_log_of_an_active_run_is_followed_until_the_user_stops(settings: Settings) -> None:
    run = RunMaker(phase=Phase.RUNNING).make(settings)
    log = _log_of(settings, run)
    page = open_page("run", run=run, find="line")

    page.toggle(key="run-log-follow").set_value(False).run()
    with log.open("a") as handle:
        handle.write("a new line\n")
    page.run()
    assert "a new" not in texts(page)

    page.toggle(key="run-log-follow").set_value(True).run()
    assert "a new <mark>line</mark>" in texts(page)
