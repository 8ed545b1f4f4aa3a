"""The reference is `metrics_log.curves`, which keeps every value of a log."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.training.metrics.curve_file import CurveSet, curves_of_log, load_curves, save_curves
from core.training.metrics.curves import Curve
from core.training.metrics.log import Record, curves, read_metrics


def _line(iteration: int, **values: Any) -> Record:
    return {"iteration": iteration, "time": float(iteration), **values}


LOGS: dict[str, list[Record]] = {
    "nothing": [],
    "straight": [_line(place, loss=1 / place) for place in range(1, 9)],
    "two records of one iteration": [_line(2, loss=0.5, lr=0.1), _line(2, ap=0.3), _line(2, ap=0.4)],
    "resumed from iteration 2": [
        *(_line(place, loss=float(place)) for place in range(1, 6)),
        *(_line(place, loss=-float(place)) for place in range(3, 5)),
    ],
    "resumed twice, the second time from further back": [
        *(_line(place, loss=float(place)) for place in range(1, 9)),
        *(_line(place, loss=-float(place)) for place in range(6, 8)),
        *(_line(place, loss=0.0) for place in range(4, 6)),
    ],
    "resumed from the beginning after a block's worth": [
        *(_line(place, loss=0.0, note="x" * 2000) for place in range(100, 900)),
        *(_line(place, loss=1.0, note="x" * 2000) for place in range(1, 50)),
    ],
    "a value that cannot be computed": [_line(1, ap=None), _line(2, ap=0.2)],
}


def _write(path: Path, records: list[Record]) -> int:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path.stat().st_size


def _assert_same(found: Mapping[str, Curve], expected: Mapping[str, Curve]) -> None:
    assert set(found) == set(expected)
    for name, curve in found.items():
        np.testing.assert_array_equal(curve.iterations, expected[name].iterations)
        np.testing.assert_array_equal(curve.values, expected[name].values)
        np.testing.assert_array_equal(curve.times, expected[name].times)


@pytest.mark.parametrize("records", LOGS.values(), ids=LOGS)
def test_the_curves_of_a_short_log_hold_what_the_log_says(records: list[Record], tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    size = _write(log, records)
    made = curves_of_log(log)
    _assert_same(made.curves(), curves(records))
    assert made.offset == size


def test_a_log_of_many_blocks_with_a_cut_last_line_is_read_whole(tmp_path: Path) -> None:
    records = [_line(place, loss=float(place), note="x" * 3000) for place in range(1, 901)]
    log = tmp_path / "metrics.jsonl"
    size = _write(log, records)
    with log.open("ab") as handle:
        handle.write(b'{"iteration": 901, "time": 1, "lo')
    made = curves_of_log(log)
    _assert_same(made.curves(), curves(records))
    assert made.offset == size < log.stat().st_size


def test_records_a_few_at_a_time_give_what_the_whole_log_gives(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    records = [_line(place, loss=float(rng.normal()), lr=0.1) for place in range(1, 5001)]
    for place in range(500, 5001, 500):
        records[place - 1]["ap"] = place / 5000
    log = tmp_path / "metrics.jsonl"
    _write(log, records)
    grown = CurveSet()
    for start in range(0, len(records), 7):
        assert grown.take(records[start : start + 7], start)
    _assert_same(grown.curves(), curves_of_log(log).curves())


def test_a_step_back_is_refused_and_changes_nothing() -> None:
    grown = CurveSet()
    grown.take(LOGS["straight"], 100)
    before = grown.curves()
    assert not grown.take([_line(9, loss=1.0), _line(4, loss=2.0)], 200)
    assert grown.offset == 100
    _assert_same(grown.curves(), before)


def test_only_what_comes_before_the_checkpoint_is_kept_for_a_resumed_run(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    _write(log, LOGS["straight"])
    made = curves_of_log(log, until=5)
    assert made.curves()["loss"].iterations.tolist() == [1, 2, 3, 4, 5]
    assert not curves_of_log(log, until=0).curves()
    assert made.take([_line(6, loss=0.6)], log.stat().st_size)


def test_a_file_brings_back_what_was_saved(tmp_path: Path) -> None:
    grown = CurveSet()
    values = np.random.default_rng(1).normal(size=5000).tolist()
    grown.take([_line(place, loss=value, **{'ap/it\'s "odd"': 0.5}) for place, value in enumerate(values)], 77)
    save_curves(tmp_path / "curves.npz", grown)
    loaded = load_curves(tmp_path / "curves.npz")
    assert loaded is not None
    assert (loaded.offset, loaded.last) == (77, 4999)
    _assert_same(loaded.curves(), grown.curves())
    assert loaded.take([_line(5000, loss=1.0)], 99)
    assert grown.take([_line(5000, loss=1.0)], 99)
    _assert_same(loaded.curves(), grown.curves())


def test_an_empty_set_can_be_saved_too(tmp_path: Path) -> None:
    save_curves(tmp_path / "curves.npz", CurveSet())
    loaded = load_curves(tmp_path / "curves.npz")
    assert loaded is not None
    assert (loaded.offset, loaded.metrics, loaded.last) == (0, {}, -1)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no more", b"\x80\x04K\x01."], ids=["empty", "cut", "pickle"])
def test_a_broken_file_counts_as_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "curves.npz"
    assert load_curves(path) is None
    path.write_bytes(content)
    assert load_curves(path) is None


def test_values_that_are_no_numbers_and_iterations_that_are_none_are_passed_over(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    lines = [
        '{"iteration": 1, "time": 1, "loss": 1.0}',
        '{"iteration": true, "loss": 2.0}',
        '{"iteration": 99999999999999999999999, "loss": 2.0}',
        '{"iteration": -3, "loss": 2.0}',
        '{"iteration": 2, "time": 2, "loss": NaN, "lr": Infinity, "word": "x", "flag": true}',
        "[1, 2]",
        '{"iteration": 3, "time": null, "loss": 3}',
    ]
    log.write_text("\n".join(lines) + "\n")
    expected = curves_of_log(log).curves()
    assert {name: curve.values.tolist() for name, curve in expected.items()} == {"loss": [1.0, 3.0]}
    grown = CurveSet()
    assert grown.take(read_metrics(log)[0], 1)
    _assert_same(grown.curves(), expected)
