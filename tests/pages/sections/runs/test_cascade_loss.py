"""The loss of a cascade on the pages: the first chart falls while the model learns."""

import base64
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.files import append_json_line
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.status import read_status, write_status
from core.workspace.layout import Layout
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.runs import RunMaker

LAST = 400


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def cascade(settings: Settings) -> str:
    return make_cascade(settings)


def make_cascade(settings: Settings, name: str = "cascade") -> str:
    """A run with the log of the quick preset's cascade: proposals and first head fall, the later heads rise faster."""
    run = RunMaker(name=name, iterations=LAST).make(settings)
    folder = RunFolder(Layout(settings.workspace).folder("run", run))
    folder.metrics.unlink()
    last = dict[str, float]()
    for iteration in range(10, LAST + 1, 10):
        record = losses("loss", iteration)
        if iteration % 100 == 0:
            record |= losses("val_loss", iteration) | {"ap": iteration / 1000, "ap50": iteration / 500}
        append_json_line(folder.metrics, {"iteration": iteration, "time": 1000.0 + iteration, **record})
        last |= record
    write_status(folder.status, replace(read_status(folder.status), metrics=dict(last)))
    return run


def losses(kind: str, iteration: int) -> dict[str, float]:
    fall, rise = math.exp(-iteration / 200), 1 - math.exp(-iteration / 150)
    parts = {"rpn_cls": 0.5 * fall, "cls_stage0": 0.8 * fall, "cls_stage1": 1.5 * rise, "box_reg_stage2": 2.0 * rise}
    return {f"{kind}/{name}": value for name, value in {"total": sum(parts.values()), **parts}.items()}


def charts(page: AppTest) -> list[dict[str, Any]]:
    assert not page.exception
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def lines(chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in chart["data"] if trace.get("showlegend", True)}


def values(trace: dict[str, Any]) -> list[float]:
    """The numbers that the browser draws; Plotly sends them as base64."""
    y = trace["y"]
    return y if isinstance(y, list) else np.frombuffer(base64.b64decode(y["bdata"]), y["dtype"]).tolist()


def falls(trace: dict[str, Any]) -> bool:
    return values(trace)[-1] < values(trace)[0]


def test_the_first_chart_falls_and_says_why_it_is_not_the_total(cascade: str) -> None:
    page = open_page("run", run=cascade, smooth="0")

    shown = lines(charts(page)[0])
    assert list(shown) == ["Training", "Validation"]
    assert {name: falls(trace) for name, trace in shown.items()} == {"Training": True, "Validation": True}
    assert values(shown["Training"])[-1] == pytest.approx(1.3 * math.exp(-2))
    assert values(shown["Validation"])[-1] == values(shown["Training"])[-1], "the same parts of both"
    assert "Loss without the later box heads" in texts(page)
    assert not page.toggle(key="address:parts").value
    assert "address:loss" not in page.session_state, "no list of parts"


def test_the_switch_offers_total_and_parts_and_is_kept_in_the_address(cascade: str) -> None:
    page = open_page("run", run=cascade, smooth="0")

    page.toggle(key="address:parts").set_value(True).run()

    assert page.query_params["parts"] == "1"
    page.button_group(key="address:loss").set_value(["loss", "loss/total"]).run()
    shown = lines(charts(page)[0])
    assert list(shown) == ["Training", "Validation", "Total", "Total, validation"]
    assert not falls(shown["Total"])
    assert page.query_params["loss"] == ["loss", "loss/total"]

    page.toggle(key="address:parts").set_value(False).run()
    assert "parts" not in page.query_params
    assert page.query_params["loss"] == "loss"
    assert list(lines(charts(page)[0])) == ["Training", "Validation"]


def test_an_old_link_to_the_total_still_shows_it(cascade: str) -> None:
    page = open_page("run", run=cascade, loss=["loss/total"], smooth="0")

    assert page.toggle(key="address:parts").value
    assert not falls(lines(charts(page)[0])["Training"])


def test_the_tile_says_what_the_chart_says(cascade: str) -> None:
    page = open_page("run", run=cascade)

    (tile,) = [metric for metric in page.metric if metric.label == "Loss"]
    assert tile.value == "0.176", "1.3 / e²; the total is 3.4"


def test_compared_runs_show_it_too_beside_a_model_without_later_heads(settings: Settings, cascade: str) -> None:
    plain = RunMaker(name="one head").make(settings)

    page = open_page("runs", compare=[cascade, plain], smooth="0")

    _, loss = charts(page)
    shown = lines({"data": [{**trace, "showlegend": True} for trace in loss["data"]]})
    assert set(shown) == {"cascade", "cascade, validation", "one head", "one head, validation"}
    assert all(falls(trace) for trace in shown.values())
    assert "Loss without the later box heads" in texts(page)
    assert "address:curve" in page.session_state
    page.toggle(key="address:parts").set_value(True).run()
    assert page.query_params["parts"] == "1"


def test_a_model_without_later_heads_shows_its_total(settings: Settings) -> None:
    page = open_page("run", run=RunMaker().make(settings), smooth="0")

    assert list(lines(charts(page)[0])) == ["Training", "Validation"]
    assert "later box heads" not in texts(page)
    page.toggle(key="address:parts").set_value(True).run()
    assert page.query_params["parts"] == "1"
