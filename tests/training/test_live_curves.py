"""The reference is `metrics_log.curves`, which reads a whole log at once."""

import numpy as np
import pytest

from core.training.live_curves import LiveCurves
from core.training.metrics_log import Record, curves

LOGS: dict[str, list[Record]] = {
    "straight": [{"iteration": place, "time": place, "loss/total": 1 / place} for place in range(1, 9)],
    "two records of one iteration": [
        {"iteration": 2, "time": 1, "loss/total": 0.5, "lr": 0.1},
        {"iteration": 2, "time": 2, "ap": 0.3},
        {"iteration": 2, "time": 3, "ap": 0.4},
    ],
    "resumed from iteration 2": [
        *({"iteration": place, "time": place, "loss/total": float(place)} for place in range(1, 6)),
        *({"iteration": place, "time": 10 + place, "loss/total": -float(place)} for place in range(3, 5)),
    ],
    "a value that cannot be computed": [
        {"iteration": 1, "time": 1, "ap": None},
        {"iteration": 2, "time": 2, "ap": 0.2},
    ],
}


@pytest.mark.parametrize("records", LOGS.values(), ids=LOGS)
@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_records_in_pieces_give_the_curves_of_the_whole_log(records: list[Record], at_once: int) -> None:
    live = LiveCurves()
    for start in range(0, len(records), at_once):
        live.take(records[start : start + at_once], start)

    expected = curves(records)
    assert set(live.curves()) == set(expected)
    for name, curve in live.curves().items():
        np.testing.assert_array_equal(curve.iterations, expected[name].iterations)
        np.testing.assert_array_equal(curve.values, expected[name].values)
        np.testing.assert_array_equal(curve.times, expected[name].times)


def test_the_offset_is_the_one_of_the_last_piece() -> None:
    live = LiveCurves()
    live.take([{"iteration": 1, "time": 1, "lr": 0.1}], 42)

    assert live.offset == 42
    assert live.last() == {"lr": 0.1}
