"""The queue as a list, also with a damaged ticket."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.services import runs
from core.settings import Settings
from core.training.launch.queue import Ticket, _put_ticket
from core.training.run.status import Phase
from tests.factories.damages import WHOLE
from tests.factories.runs import RunMaker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


def waiting(settings: Settings, name: str, enqueued: float) -> Path:
    """The ticket of a waiting run."""
    run = RunMaker(name=name, phase=Phase.QUEUED).make(settings)
    place = settings.workspace / "slots/waiting" / f"{run}.json"
    _put_ticket(place, Ticket(key=run, lock=f"../runs/{run}/worker.lock", enqueued=enqueued))
    return place


@pytest.mark.parametrize("damage", sorted(WHOLE))
def test_a_damaged_ticket_is_a_row_that_says_so_behind_those_that_wait(settings: Settings, damage: str) -> None:
    waiting(settings, "sound", 2.0)
    WHOLE[damage](waiting(settings, "broken", 1.0))
    sound, broken = runs.list_queue(settings)
    assert (sound.name, sound.position, sound.damaged) == ("sound", 1, None)
    assert (broken.name, broken.kind, broken.position, broken.starts_in_s) == ("broken", "run", 0, None)
    assert broken.damaged is not None
    assert broken.damaged.file == f"{broken.key}.json"
    assert broken.damaged.reason
    assert "Remove the file" in broken.damaged.remedy


def test_the_command_line_lists_a_damaged_ticket_without_a_position(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    WHOLE["cut"](waiting(settings, "broken", 1.0))
    assert main(["--workspace", str(settings.workspace), "queue", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert list(row) == ["key", "kind", "name", "position", "priority", "starts_in_s", "damaged"]
    assert (row["position"], row["damaged"]["reason"]) == (None, "it is cut off")
