from pathlib import Path

import numpy as np
import pytest

from core.evaluation.intervals.bootstrap import Replicates
from core.evaluation.intervals.files import (
    ErrorBars,
    keep_error_bars,
    keep_replicates,
    load_error_bars,
    load_replicates,
)
from core.evaluation.intervals.intervals import Estimate, Interval

BARS = ErrorBars(
    images=72,
    resamples=1000,
    seed=3,
    together=Estimate(
        name="", images=70, ap=Interval(value=0.5, low=0.45, high=0.54), ap50=Interval(value=0.8, low=0.7, high=0.85)
    ),
    per_class=[
        Estimate(name="red", images=12, ap=Interval(value=0.4), ap50=Interval(value=0.6)),
        Estimate(name="blue", images=0, ap=Interval(value=None), ap50=Interval(value=None)),
    ],
)


def test_what_is_kept_comes_back_under_its_seed_and_number_only(tmp_path: Path) -> None:
    keep_error_bars(tmp_path, BARS)

    assert load_error_bars(tmp_path, 1000, 3) == BARS
    assert load_error_bars(tmp_path, 1000, 0) is None
    assert load_error_bars(tmp_path, 500, 3) is None


def test_each_missing_interval_has_its_reason() -> None:
    assert BARS.notes == [
        "red: too few images for an interval (12; 30 are needed).",
        "blue: too few images for an interval (0; 30 are needed).",
    ]


def test_replicates_come_back_to_seven_digits(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((100, 2, 4))
    values[3, :, 1] = np.nan
    replicates = Replicates(observed=values[0], values=values, bias=values[1] / 100)

    keep_replicates(tmp_path, 100, 0, replicates)

    back = load_replicates(tmp_path, 100, 0)
    assert back is not None
    assert back.values == pytest.approx(values, abs=1e-6, nan_ok=True)
    assert np.array_equal(back.observed, replicates.observed)
    assert np.array_equal(back.bias, replicates.bias)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"], ids=["empty", "text", "torn"])
def test_a_broken_file_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bootstrap-100-0.npz").write_bytes(content)
    (tmp_path / "intervals-100-0.json").write_bytes(content)

    assert load_replicates(tmp_path, 100, 0) is None
    assert load_error_bars(tmp_path, 100, 0) is None
