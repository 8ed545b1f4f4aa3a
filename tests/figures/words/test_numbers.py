"""Expected texts are by hand, from the interface's rules for numbers."""

import math
import time

import pytest

from core.figures.words.numbers import NONE, ago, count, counted, data_size, day, duration, figure, percent


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.5063, "50.6"), (1.0, "100.0"), (0.0, "0.0"), (None, NONE), (math.nan, NONE)],
    ids=["digits", "all", "nothing", "none", "nan"],
)
def test_a_share_is_shown_as_per_cent_with_one_digit(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("number", "text"), [(3943, "3,943"), (0, "0"), (None, NONE), (math.nan, NONE)])
def test_counts_have_thousands_separators(number: float | None, text: str) -> None:
    assert count(number) == text


def test_a_counted_noun_is_singular_for_one() -> None:
    assert [counted(1, "image"), counted(2, "image"), counted(2, "box", "boxes")] == [
        "1 image",
        "2 images",
        "2 boxes",
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.00025, "0.00025"), (0.4171, "0.417"), (12.0, "12"), (1234.5, "1,234"), (0, "0"), (None, NONE)],
)
def test_a_measured_number_keeps_three_significant_digits(number: float | None, text: str) -> None:
    assert figure(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.7, "0.7 s"),
        (9.97, "10 s"),
        (42.4, "42 s"),
        (60, "1 min"),
        (348, "5 min 48 s"),
        (7500, "2 h 5 min"),
        (270000, "3 d 3 h"),
        (None, NONE),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "just now"), (300, "5 min ago"), (7300, "2 h ago"), (300000, "3 d ago")]
)
def test_a_moment_is_told_as_its_age(seconds: float, text: str) -> None:
    assert ago(1_700_000_000.0, 1_700_000_000.0 + seconds) == text


def test_a_moment_that_never_was_is_a_dash() -> None:
    assert ago(0) == NONE


@pytest.mark.parametrize(("size", "text"), [(812, "812 B"), (4_404_019, "4.2 MiB"), (None, NONE)])
def test_sizes_are_told_in_binary_units(size: float | None, text: str) -> None:
    assert data_size(size) == text


def test_a_day_is_the_date_where_this_server_is() -> None:
    assert day(time.mktime((2026, 11, 7, 23, 59, 0, 0, 0, -1))) == "7 Nov 2026"
