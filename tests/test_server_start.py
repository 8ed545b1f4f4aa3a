"""What the server does when it starts, seen from outside: a real one, in a separate process."""

import time
from pathlib import Path

import pytest

from core.services import runs
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.app_server import serve
from tests.factories.runs import RunMaker
from tests.factories.waiting import eventually

DAY_S = 86_400


@pytest.mark.process
def test_deleted_runs_whose_time_is_over_go_for_good_at_the_start(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    for name in ("old", "new"):
        runs.delete(settings, RunMaker(name=name).make(settings), actor=ADA)
    trash = settings.workspace / "trash"
    old = next(path for path in trash.iterdir() if "old" in (path / "run.json").read_text())
    old.rename(trash / f"{int(time.time()) - 31 * DAY_S}-{old.name.partition('-')[2]}")
    with serve(settings.workspace):
        eventually(lambda: [run.name for run in runs.list_trash(settings)] == ["new"], 90)
