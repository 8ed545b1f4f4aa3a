import pandas as pd
import pytest

from core.evaluation.intervals.intervals import Interval
from core.evaluation.intervals.paired import Paired
from core.figures.colours import FALSE_POSITIVE, TRUE_POSITIVE
from core.figures.comparison import (
    better_words,
    difference_figure,
    interval_words,
    overlaid_precision_recall,
    paired_words,
    plus_minus,
    signed,
)

CLEAR = Interval(value=0.036, low=0.012, high=0.061, above=0.98)


@pytest.mark.parametrize(
    ("above", "words"),
    [
        (0.964, "B is better in 96 % of resamples"),
        (0.03, "A is better in 97 % of resamples"),
        (1.0, "B is better in more than 99.5 % of resamples"),
        (0.0, "A is better in more than 99.5 % of resamples"),
        (0.5, "each is better in half of the resamples"),
        (None, ""),
    ],
)
def test_how_sure_it_is_in_words(above: float | None, words: str) -> None:
    assert better_words(Interval(value=0.0, above=above)) == words


@pytest.mark.parametrize(
    ("paired", "words"),
    [
        (
            Paired(better=10, equal=1, worse=1),
            "B is better image by image: better on 10, equal on 1, worse on 1 of 12 images (p = 0.012)",
        ),
        (
            Paired(better=0, equal=0, worse=12),
            "A is better image by image: better on 12, equal on 0, worse on 0 of 12 images (p < 0.001)",
        ),
        (
            Paired(better=9, equal=7, worse=2),
            "18 images do not say which is better: B is better on 9, equal on 7, worse on 2 (p = 0.065)",
        ),
        (
            Paired(better=1, equal=0, worse=0),
            "1 image does not say which is better: B is better on 1, equal on 0, worse on 0 (p = 1)",
        ),
        (Paired(better=0, equal=18, worse=0), "neither is better: both are equal on 18 images"),
    ],
    ids=["B", "A", "open", "one image", "equal"],
)
def test_images_counted_in_one_sentence_that_claims_no_more_than_the_sign_test(paired: Paired, words: str) -> None:
    """p by hand: 2 · (1 + 11) / 2^11; 2 / 2^12; 2 · (1 + 11 + 55) / 2^11; 2 / 2, an even chance."""
    assert paired_words(paired) == words


def test_of_too_few_images_the_chart_says_nothing_about_resamples() -> None:
    rows = [("few", Interval(value=0.2, above=1.0)), ("clear", CLEAR)]
    points = difference_figure(rows).data[-1]
    few, clear = points.hovertext
    assert few == "few: +20.0 (too few images)"
    assert "98 % of resamples" in clear
    assert points.marker.color[0] != TRUE_POSITIVE, "a colour would say that it is sure"
    assert points.marker.color[1] == TRUE_POSITIVE
    assert difference_figure(rows[:1]).layout.title.text == "What B gained and lost"


def test_a_difference_has_its_sign_and_a_figure_its_half_width() -> None:
    assert (signed(0.036), signed(-0.0123), signed(None)) == ("+3.6", "−1.2", "–")
    assert plus_minus(Interval(value=0.5, low=0.469, high=0.531)) == "± 3.1"
    assert plus_minus(Interval(value=0.5)) == ""


def test_an_interval_in_words_says_why_there_is_none() -> None:
    assert interval_words(CLEAR) == "1.2 to 6.1"
    assert interval_words(CLEAR, is_difference=True) == "+1.2 to +6.1"
    assert interval_words(Interval(value=0.4)) == "too few images"
    assert interval_words(Interval(value=None)) == "–"


def test_differences_are_coloured_only_where_zero_lies_outside() -> None:
    rows = [
        ("lost", Interval(value=-0.05, low=-0.09, high=-0.01, above=0.02)),
        ("<b>won</b>", CLEAR),
        ("open", Interval(value=0.01, low=-0.02, high=0.04, above=0.7)),
        ("absent", Interval(value=None)),
    ]

    figure = difference_figure(rows)

    points = figure.data[-1]
    assert list(points.x) == pytest.approx([3.6, 1.0, -5.0])
    assert points.marker.color[0] == TRUE_POSITIVE
    assert points.marker.color[2] == FALSE_POSITIVE
    assert points.marker.color[1] not in (TRUE_POSITIVE, FALSE_POSITIVE)
    assert "<b>" not in "".join(figure.layout.yaxis.ticktext)


def test_the_two_curves_are_told_apart_by_name_and_line() -> None:
    curve = pd.DataFrame({"category_id": -1, "recall": [0.0, 1.0], "precision": [1.0, 0.5]})

    figure = overlaid_precision_recall(curve, curve.iloc[:0], 0.5, "red")

    assert [line.name for line in figure.data] == ["A, AP 75.0", "B, AP –"]
    assert figure.data[0].line.dash != figure.data[1].line.dash
    assert "of red" in figure.layout.title.text
