"""Expected starts, against hand arithmetic."""

import pytest

from core.training.launch.queue_times import Wait, expected_starts


@pytest.mark.parametrize(
    ("busy_s", "queue", "starts"),
    [
        (
            [100.0],
            [Wait(slots=1, seconds=50.0), Wait(slots=1, seconds=30.0), Wait(slots=1, seconds=10.0)],
            [100.0, 150.0, 180.0],
        ),
        ([0.0], [Wait(slots=1, seconds=50.0)], [0.0]),
        (
            [100.0, 20.0],
            [Wait(slots=1, seconds=50.0), Wait(slots=1, seconds=60.0), Wait(slots=1, seconds=5.0)],
            [20.0, 70.0, 100.0],
        ),
        # One that wants both GPUs holds up the one behind it.
        ([100.0, 20.0], [Wait(slots=2, seconds=50.0), Wait(slots=1, seconds=1.0)], [100.0, 150.0]),
        ([None], [Wait(slots=1, seconds=5.0)], [None]),
        ([None, 10.0], [Wait(slots=1, seconds=None), Wait(slots=1, seconds=5.0)], [10.0, None]),
        ([10.0], [Wait(slots=2, seconds=5.0), Wait(slots=1, seconds=5.0)], [None, None]),
        ([10.0], [], []),
    ],
    ids=["one slot", "free", "two slots", "wants both", "unknown holder", "unknown length", "too many", "empty"],
)
def test_the_expected_starts_of(busy_s: list[float | None], queue: list[Wait], starts: list[float | None]) -> None:
    assert expected_starts(busy_s, queue) == starts
