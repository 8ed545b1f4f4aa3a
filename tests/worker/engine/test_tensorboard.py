"""TensorBoard's files stay small however long a run is."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from core.files import bytes_below
from core.worker.engine import tensorboard
from core.worker.engine.tensorboard import Events

_VALUES = {f"loss/{number}": 0.5 for number in range(10)}


def _steps(folder: Path, tag: str) -> list[int]:
    found = []
    for path in sorted(folder.iterdir()):
        for event in EventFileLoader(str(path)).Load():
            found += [event.step for value in event.summary.value if value.tag == tag]
    return found


def test_a_short_run_has_every_record(tmp_path: Path) -> None:
    writer = Events(tmp_path, 0)
    for iteration in range(1, 301):
        writer.write(iteration, _VALUES, is_evaluation=False)
    writer.close()
    assert _steps(tmp_path, "loss/3") == list(range(1, 301))


def test_a_long_run_takes_little_more_than_its_room_and_keeps_every_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorboard, "_LOOK_EVERY", 16)
    writer = Events(tmp_path, 0, budget_bytes=20_000)
    for iteration in range(1, 4001):
        writer.write(iteration, _VALUES, is_evaluation=False)
        if iteration % 500 == 0:
            writer.write(iteration, {"ap": 0.5, "ap75": None}, is_evaluation=True)
        if iteration % 64 == 0:
            writer._writer.flush()
    writer.close()
    # All of it would be 4,000 records of 10 values, 2 MB.
    assert bytes_below(tmp_path) < 8 * 20_000
    assert _steps(tmp_path, "ap") == list(range(500, 4001, 500))
    kept = _steps(tmp_path, "loss/3")
    assert kept[:32] == list(range(1, 33))
    assert kept[-1] > 3900
    # A new worker goes on as thin as the one before.
    assert Events(tmp_path, 4000, budget_bytes=20_000)._stride >= 8
