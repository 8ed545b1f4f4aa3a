"""Reordering the queue while real, tiny processes wait in it."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import AppError, ConflictError
from core.training.launch.launcher import cancel, kill
from core.training.launch.liveness import observe
from core.training.launch.queue import Ticket, waiting
from core.training.launch.queue_order import _placed, move_by, move_to, prioritise
from core.training.launch.queue_requests import order_path, read_wishes
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, read_status
from tests.factories.actors import ADA, BOB
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import make_run, start_tiny, trace_of

_KEYS = ("r-222222", "r-333333", "r-444444")
_MOVER = """
import sys
from pathlib import Path
from core.training.launch.queue_order import move_by
sys.stdin.readline()
for _ in range(10):
    move_by(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
"""


def _phase(folder: RunFolder) -> Phase:
    return observe(folder.status, folder.lock).phase


def _keys(slots: Path) -> list[str]:
    return [ticket.key for ticket in waiting(slots)]


@pytest.fixture
def slots(tmp_path: Path) -> Iterator[Path]:
    """The slots folder of a workspace in which one run has the slot and three wait, in the order of _KEYS."""
    folders = [make_run(tmp_path, name) for name in ("r-zzzzzz", *_KEYS)]
    for count, folder in enumerate(folders):
        start_tiny(folder, 1000 if count == 0 else 2)
        expected = Phase.RUNNING if count == 0 else Phase.QUEUED
        eventually(lambda one=folder, wanted=expected: _phase(one) is wanted)  # type: ignore[misc]
        eventually(lambda waits=count: len(_keys(tmp_path / "slots")) == waits)  # type: ignore[misc]
    yield tmp_path / "slots"
    for folder in folders:
        if _phase(folder) not in ENDED:
            kill(folder)


def _serve(slots: Path) -> list[str]:
    """Give the slot free; the keys in the order in which they were served."""
    runs = slots.parent / "runs"
    kill(RunFolder(runs / "r-zzzzzz"))
    eventually(lambda: all(_phase(RunFolder(runs / key)) in ENDED for key in _KEYS))
    return [key for verb, key in map(str.split, trace_of(slots.parent)) if verb == "begins" and key in _KEYS]


@pytest.mark.process
def test_a_run_moved_to_the_front_is_served_first_and_the_others_keep_their_order(slots: Path) -> None:
    move_to(slots, "r-444444", 1)
    assert _keys(slots) == ["r-444444", "r-222222", "r-333333"]
    assert _serve(slots) == ["r-444444", "r-222222", "r-333333"]


@pytest.mark.process
def test_each_wish_keeps_who_put_the_ticket_there(slots: Path) -> None:
    move_to(slots, "r-444444", 1, ADA)
    move_by(slots, "r-333333", -1, BOB)
    assert _keys(slots) == ["r-444444", "r-333333", "r-222222"]
    actors = {key: wish.actor for key, wish in read_wishes(slots).items()}
    # The first one was written down again, at the place that ada gave it.
    assert (actors["r-444444"], actors["r-333333"]) == (ADA, BOB)


@pytest.mark.process
def test_moves_by_a_place_end_at_either_end_of_the_queue(slots: Path) -> None:
    move_by(slots, "r-222222", 1)
    assert _keys(slots) == ["r-333333", "r-222222", "r-444444"]
    for _ in range(3):
        move_by(slots, "r-222222", 1)
    assert _keys(slots) == ["r-333333", "r-444444", "r-222222"]
    for _ in range(5):
        move_by(slots, "r-222222", -1)
    assert _keys(slots) == ["r-222222", "r-333333", "r-444444"]


@pytest.mark.process
def test_a_higher_priority_is_served_first_and_a_lower_one_last(slots: Path) -> None:
    prioritise(slots, "r-444444", 3)
    prioritise(slots, "r-222222", -1)
    assert [(ticket.key, ticket.priority) for ticket in waiting(slots)] == [
        ("r-444444", 3),
        ("r-333333", 0),
        ("r-222222", -1),
    ]
    assert _serve(slots) == ["r-444444", "r-333333", "r-222222"]


@pytest.mark.process
def test_a_cancelled_run_ends_as_stopped_and_is_passed_over(slots: Path) -> None:
    folder = RunFolder(slots.parent / "runs" / "r-333333")
    cancel(folder)
    eventually(lambda: _phase(folder) is Phase.STOPPED, within_s=5)
    assert read_status(folder.status).reason == "Cancelled before its turn."
    with pytest.raises(ConflictError, match="does not wait: it is stopped"):
        cancel(folder)
    with pytest.raises(ConflictError, match="does not wait: it is running"):
        cancel(RunFolder(slots.parent / "runs" / "r-zzzzzz"))
    assert _serve(slots) == ["r-222222", "r-444444"]


@pytest.mark.process
def test_processes_that_reorder_at_the_same_time_lose_no_ticket_and_no_change(slots: Path) -> None:
    moves = [("r-222222", "1"), ("r-333333", "-1"), ("r-444444", "-1"), ("r-222222", "1")]
    movers = [
        subprocess.Popen([sys.executable, "-c", _MOVER, str(slots), *move], stdin=subprocess.PIPE, text=True)
        for move in moves
    ]
    with ThreadPoolExecutor(len(movers)) as pool:
        list(pool.map(lambda process: process.communicate("go\n"), movers))
    assert [process.returncode for process in movers] == [0, 0, 0, 0]
    assert sorted(_keys(slots)) == sorted(_KEYS)
    assert read_wishes(slots).keys() == set(_KEYS)
    # Twenty moves back against ten each way forward: it can only be last.
    assert _keys(slots)[-1] == "r-222222"
    wanted = _keys(slots)
    assert _serve(slots) == wanted


@pytest.mark.process
def test_a_wish_is_about_one_wait_and_forgotten_with_the_next_change(slots: Path) -> None:
    move_to(slots, "r-444444", 1)
    folder = RunFolder(slots.parent / "runs" / "r-444444")
    cancel(folder)
    eventually(lambda: _phase(folder) is Phase.STOPPED)
    move_to(slots, "r-333333", 1)
    assert "r-444444" not in read_wishes(slots)


@pytest.mark.process
def test_what_does_not_wait_cannot_be_moved(slots: Path, tmp_path: Path) -> None:
    for unknown in ("r-zzzzzz", "r-777777"):
        with pytest.raises(ConflictError, match="does not wait"):
            move_to(slots, unknown, 1)
    with pytest.raises(ConflictError, match="does not wait"):
        move_to(tmp_path / "nothing here", "r-222222", 1)
    with pytest.raises(AppError, match="no place 0"):
        move_to(slots, "r-222222", 0)
    with pytest.raises(AppError, match="no priority 10"):
        prioritise(slots, "r-222222", 10)


@pytest.mark.parametrize("content", ["{", "{}", "[1]", '[{"key": "r-222222"}]'], ids=["cut", "object", "list", "other"])
def test_a_broken_order_file_means_no_wishes(tmp_path: Path, content: str) -> None:
    order_path(tmp_path).write_text(content)
    assert read_wishes(tmp_path) == {}


def test_a_ticket_between_two_priorities_keeps_its_own_where_it_fits_and_else_takes_its_neighbours() -> None:
    high, low = (
        Ticket(key="high", lock="", enqueued=100.0, priority=5),
        Ticket(key="low", lock="", enqueued=100.0, priority=-5),
    )
    middle, top, bottom = (Ticket(key="moved", lock="", enqueued=90.0, priority=priority) for priority in (0, 9, -9))
    assert {one.key: one.priority for one in _placed(middle, [high], [low])} == {"moved": 0}
    assert {one.key: one.priority for one in _placed(top, [high], [low])} == {"high": 5, "moved": 5}
    placed = _placed(bottom, [high], [low])
    assert [(one.key, one.priority) for one in placed] == [("moved", -5), ("low", -5)]
    assert placed[0].order < placed[1].order
