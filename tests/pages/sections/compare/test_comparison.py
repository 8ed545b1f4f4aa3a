"""Error bars on the evaluate page, and the comparison of two evaluations."""

from pathlib import Path

import pytest

from core.figures.words.numbers import percent
from core.services import evaluation
from core.services.evaluation import intervals as error_bars
from core.settings import Settings
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def pair(settings: Settings) -> tuple[str, str]:
    dataset = DatasetMaker(train=3, val=40).make(settings)
    weak = EvaluationMaker(dataset=dataset, missed=0.5, seed=1, name="weak").make(settings)
    return weak, EvaluationMaker(dataset=dataset, missed=0.1, seed=2, name="strong").make(settings)


def metric(page: object, label: str) -> object:
    (found,) = [one for one in page.metric if one.label == label]  # type: ignore[attr-defined]
    return found


def test_ap_has_its_error_bar_beside_it(settings: Settings, pair: tuple[str, str]) -> None:
    page = open_page("evaluate", evaluation=pair[0])

    bars = error_bars.kept_error_bars(settings, evaluation.open_evaluation(settings, pair[0]))
    assert bars is not None
    assert not page.exception
    assert metric(page, "AP").delta == f"± {percent(bars.together.ap.half_width)}"  # type: ignore[attr-defined]


def test_slow_error_bars_wait_for_a_button_and_are_stored(
    settings: Settings, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_bars, "_SECONDS_A_DETECTION", 1.0)
    page = open_page("evaluate", evaluation=pair[0])
    assert not metric(page, "AP").delta  # type: ignore[attr-defined]

    page.button(key="error-bars").click().run()

    assert metric(page, "AP").delta  # type: ignore[attr-defined]
    assert [button.key for button in page.button].count("error-bars") == 0


def test_too_few_images_say_so_in_the_class_table(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=12).make(settings)
    page = open_page("evaluate", evaluation=EvaluationMaker(dataset=dataset).make(settings), tab="Classes")

    assert not page.exception
    assert list(page.dataframe[0].value["AP, 95 %"]) == ["too few images"] * 2


def test_choosing_another_evaluation_begins_the_comparison(settings: Settings, pair: tuple[str, str]) -> None:
    page = open_page("evaluate", evaluation=pair[0])

    page.selectbox(key=f"compare-with:{pair[0]}").set_value(pair[1]).run()

    assert page.query_params == {"evaluation": pair[0], "against": pair[1]}
    assert "B is better in more than 99.5 % of resamples" in texts(page)


def test_the_tiles_have_the_figures_of_the_services(settings: Settings, pair: tuple[str, str]) -> None:
    page = open_page("evaluate", evaluation=pair[0], against=pair[1])

    a, b = (evaluation.open_evaluation(settings, key) for key in pair)
    moved = evaluation.compare(a, b).moved(0.5, 0.5)["change"].tolist()
    assert not page.exception
    assert metric(page, "AP, A → B").value == f"{percent(a.scores.ap)} → {percent(b.scores.ap)}"  # type: ignore[attr-defined]
    assert metric(page, "Objects won").value == str(moved.count("won"))  # type: ignore[attr-defined]
    assert metric(page, "Objects lost").value == str(moved.count("lost"))  # type: ignore[attr-defined]


def test_change_and_class_in_the_address_rule_the_images(settings: Settings, pair: tuple[str, str]) -> None:
    a, b = (evaluation.open_evaluation(settings, key) for key in pair)
    moved = evaluation.compare(a, b).moved(0.5, 0.5)
    lost = moved[(moved["change"] == "lost") & (moved["category_id"] == 1)]

    page = open_page("evaluate", evaluation=pair[0], against=pair[1], change="lost", **{"class": "blue"})

    number = f"{len(lost)} object{'s' if len(lost) != 1 else ''} lost"
    assert f"**{number}** of `blue` **on {lost['image_a'].nunique()} image" in texts(page)


def test_swapping_swaps_won_and_lost(pair: tuple[str, str]) -> None:
    page = open_page("evaluate", evaluation=pair[0], against=pair[1], change="lost")

    next(button for button in page.button if button.label == "Swap").click().run()

    assert page.query_params == {"evaluation": pair[1], "against": pair[0], "change": "won"}


@pytest.mark.parametrize("parameters", [{"change": "x"}, {"image": "99999"}, {"class": "<b>"}], ids=str)
def test_an_invalid_address_shows_the_whole_comparison(pair: tuple[str, str], parameters: dict[str, str]) -> None:
    page = open_page("evaluate", evaluation=pair[0], against=pair[1], **parameters)

    assert not page.exception
    assert not page.error
    assert "won or lost" in texts(page)


def test_other_images_are_a_message_with_a_remedy(settings: Settings, pair: tuple[str, str]) -> None:
    dataset = evaluation.open_evaluation(settings, pair[0]).spec.dataset
    other = EvaluationMaker(dataset=dataset, split="train").make(settings)

    page = open_page("evaluate", evaluation=pair[0], against=other)

    assert not page.exception
    assert "different images" in page.error[0].value


@pytest.fixture
def few(settings: Settings) -> tuple[str, str]:
    dataset = DatasetMaker(train=3, val=12).make(settings)
    weak = EvaluationMaker(dataset=dataset, missed=0.5, seed=1, name="weak").make(settings)
    return weak, EvaluationMaker(dataset=dataset, missed=0.1, seed=2, name="strong").make(settings)


def test_too_few_images_are_counted_without_words_on_resamples(settings: Settings, few: tuple[str, str]) -> None:
    page = open_page("evaluate", evaluation=few[0], against=few[1])

    assert not page.exception
    everything = [texts(page), *(str(metric.help) for metric in page.metric), page.dataframe[0].value.to_string()]
    assert not [line for said in everything for line in said.splitlines() if "resamples" in line or "draws" in line]
    a, b = (evaluation.open_evaluation(settings, key) for key in few)
    paired = evaluation.compare(a, b).paired(0.5, 0.5)
    count = f"better on {paired.better}, equal on {paired.equal}, worse on {paired.worse}"
    assert count in texts(page)
    assert "higher F1 at this score" in texts(page)
    assert list(page.dataframe[0].value["In words"].str.contains("B on")) == [True, True]
    assert "95 % interval" not in page.dataframe[0].value, "a column that says nothing"
    assert "blue: " in texts(page).replace("\\", "")
