from pathlib import Path

import pytest

from core.training.run.measurements import (
    Measurements,
    Trial,
    choose,
    expected_peak,
    is_slower,
    largest_candidate,
    read_measurements,
    write_measurements,
)


def _trial(batch: int, peak_mib: float = 0.0, step_s: float | None = 1.0, fits: bool = True) -> Trial:
    return Trial(batch=batch, fits=fits, peak_mib=peak_mib, step_s=step_s)


@pytest.mark.parametrize(
    ("images", "expected"), [(1, 1), (15, 1), (16, 2), (34, 4), (205, 16), (511, 32), (512, 64), (100_000, 64)]
)
def test_the_largest_batch_tried_is_a_power_of_two_that_leaves_eight_steps_an_epoch(images: int, expected: int) -> None:
    assert largest_candidate(images) == expected


def test_the_memory_of_twice_the_batch_follows_from_what_the_last_doubling_took() -> None:
    # 1 image takes 300 above what was there; from 1 to 2 it grew by 200, so from 2 to 4 by 400.
    assert expected_peak([_trial(1, 1300)], 1000) == 1600
    assert expected_peak([_trial(1, 1300), _trial(2, 1500)], 1000) == 1900
    assert expected_peak([_trial(1, 1300), _trial(2, 1250)], 1000) == 1250


def test_the_largest_batch_that_fits_is_chosen() -> None:
    assert choose([_trial(1), _trial(2), _trial(4, fits=False)]) == _trial(2)
    assert choose([_trial(2, fits=False)]) is None


@pytest.mark.parametrize(
    ("step_s", "slower"),
    [pytest.param(2.0, False, id="equal"), pytest.param(2.08, False, id="noise"), pytest.param(2.2, True, id="slower")],
)
def test_a_batch_is_slower_where_an_image_takes_clearly_longer(step_s: float, slower: bool) -> None:
    assert is_slower(_trial(2, step_s=step_s), [_trial(1)]) is slower


def test_measurements_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert read_measurements(tmp_path) is None
    numbers = dict.fromkeys(
        ("peak_mib", "memory_mib", "step_s", "worst_step_s", "picture_s", "start_s", "checkpoint_mib", "checkpoint_s"),
        1.5,
    )
    measured = Measurements(
        batch=2, on_gpu=False, device="CPU", disk_free_mib=3.0, trials=(_trial(2),), batch_source="", **numbers
    )
    write_measurements(tmp_path, measured)
    assert read_measurements(tmp_path) == measured
