"""Nothing waits for a worker that dies before its first status, as on a full disk."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.errors import ConflictError, StorageError
from core.files import read_json
from core.settings import Settings
from core.training.launch import launcher
from core.training.launch.launcher import LocalLauncher
from core.training.launch.liveness import observe
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, read_status
from tests.factories.runs import RunMaker
from tests.factories.stuck_disk import FULL, ROOT, stuck_below
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import make_run, tiny_launcher

DIES = LocalLauncher((sys.executable, "-c", "raise OSError(28, 'No space left on device')"))
SLOW = LocalLauncher((sys.executable, "-c", "import time; time.sleep(60)"))


def _workers(folder: RunFolder) -> list[psutil.Process]:
    place = str(folder.root.resolve())
    return [one for one in psutil.process_iter(["cmdline"]) if (one.info["cmdline"] or [""])[-1] == place]


def test_a_run_whose_worker_died_at_once_is_resumed_at_once(tmp_path: Path) -> None:
    folder = make_run(tmp_path, iterations=4)
    launcher.start(folder, 4, DIES)
    eventually(lambda: not _workers(folder), 60, "the end of the worker")
    # The worker wrote nothing: the status is the launcher's.
    assert (read_status(folder.status).phase, read_status(folder.status).pid) == (Phase.QUEUED, 0)
    launcher.resume(folder, tiny_launcher())
    eventually(lambda: observe(folder.status, folder.lock).phase in ENDED, 60, "the end of the run")
    assert observe(folder.status, folder.lock).phase is Phase.FINISHED


def test_a_run_whose_worker_is_on_its_way_is_not_launched_twice(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    launcher.start(folder, 4, SLOW)
    try:
        with pytest.raises(ConflictError, match="queued already"):
            launcher.resume(folder, tiny_launcher())
    finally:
        for worker in _workers(folder):
            worker.kill()


def test_an_extension_that_finds_no_room_leaves_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    folder = RunFolder(settings.workspace / "runs" / RunMaker(iterations=40).make(settings))
    before = read_json(folder.recipe)

    def full(*_: object) -> None:
        raise StorageError("The disk is full.", "", 28)

    # The disk had space for the recipe, but has none for the status.
    monkeypatch.setattr(launcher, "write_status", full)
    with pytest.raises(StorageError):
        launcher.extend(folder, 5, tiny_launcher())
    assert read_json(folder.recipe) == before


def test_stopping_on_a_full_disk_is_told_by_a_signal(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    launcher.start(folder, 400, tiny_launcher(0.05))
    eventually(lambda: observe(folder.status, folder.lock).phase is Phase.RUNNING, 60, "the first iteration")
    with stuck_below(tmp_path, FULL):
        launcher.stop(folder)
    eventually(lambda: not observe(folder.status, folder.lock).pid, 60, "the end of the worker")


_REPORT = """
import resource, sys
from pathlib import Path
from core.training.process.status_reporter import Reporter
# A file that may not grow stands for a disk that ends within it: the first bytes are written, then an error comes.
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
Reporter(Path(sys.argv[1]))
"""


def test_what_a_worker_keeps_for_its_last_words_does_not_take_the_room_for_its_first(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _REPORT, str(tmp_path / "status.json")], cwd=ROOT, check=True, timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]
