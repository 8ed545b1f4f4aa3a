from pathlib import Path

import pytest

from core.settings import Settings
from core.training.run.status import Phase
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.reads import counted_reads
from tests.factories.runs import RunMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


def test_an_active_run_is_shown_with_progress_time_left_and_its_ap_so_far(settings: Settings) -> None:
    RunMaker(name="alive", phase=Phase.RUNNING, iterations=1000, iteration=760).make(settings)

    page = open_page("overview")

    assert not page.exception
    shown = texts(page)
    assert "Running now" in [heading.value for heading in page.header]
    assert "AP at 2 evaluations, now 44.9" in shown, "0.51 * (1 - 0.9 * exp(-3 * 0.67)), in per cent"
    assert "AP **44.9**" in shown


def test_a_run_without_two_evaluations_has_no_line_yet(settings: Settings) -> None:
    RunMaker(name="young", phase=Phase.RUNNING, iterations=1000, iteration=100).make(settings)

    page = open_page("overview")

    assert not page.exception
    assert "AP not measured yet" in texts(page)
    assert "<svg" not in texts(page)


def test_opening_the_overview_reads_the_state_of_each_run_once(settings: Settings) -> None:
    for name in ("one", "two"):
        RunMaker(name=name).make(settings)
    page = open_page("overview")
    with counted_reads() as reads:
        page.run()
    states = {path: times for path, times in reads.items() if path.name == "status.json"}
    assert not page.exception
    assert list(states.values()) == [1, 1]
