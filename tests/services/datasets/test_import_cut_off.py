"""An import that is killed, or meets a full disk, at any moment of both passes leaves no data set or the whole one."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.errors import StorageError
from core.services.datasets import ImportOptions, import_dataset, list_datasets, open_version
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.factories.sources import Source
from tests.factories.stuck_disk import FULL, ROOT, StuckDisk, kinds

pytestmark = pytest.mark.process

# Enough for processes that decode images.
IMAGES = 240
# Shares of the progress: the label pass up to 0.1, the image pass up to 0.73, then the store.
KILLED_AT = (
    0,
    0.05,
    0.09,
    0.1,
    0.12,
    0.16,
    0.2,
    0.28,
    0.36,
    0.44,
    0.52,
    0.6,
    0.68,
    0.72,
    0.75,
    0.8,
    0.88,
    0.95,
    0.98,
    1,
)
# Forks for each import, because to load the modules takes longer. Prints its process, its progress, and how it ended.
_IMPORTER = """
import os, signal, sys
from pathlib import Path
from core.actor import SERVER, process_actor
from core.services.datasets.imports import ImportOptions, import_dataset
from core.settings import Settings
settings, source = Settings(workspace=Path(sys.argv[1])), Path(sys.argv[2])
def say(value):
    # A line in one write: unbuffered, `print` makes two, and a kill between them would join two lines.
    os.write(1, f"{value}\\n".encode())
for name in sys.stdin:
    child = os.fork()
    if child:
        say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        continue
    say(os.getpid())
    options, actor = ImportOptions(name=name.strip()), process_actor("", SERVER)
    import_dataset(settings, source, options, lambda share, _: say(share), actor=actor)
    say(1.0)
    signal.pause()
"""
FULL_AT = (0, 0.1, 0.3, 0.72, 0.8, 0.95)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels = {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 40"] for number in range(IMAGES)}
    return Source(labels).write(tmp_path_factory.mktemp("cut-off") / "source")


def test_killed_at_20_moments_an_import_leaves_no_data_set_or_the_whole_one(source: Path, tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    assert len(KILLED_AT) == 20
    command = [sys.executable, "-c", _IMPORTER, str(settings.workspace), str(source)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as importer:
        assert importer.stdin is not None and importer.stdout is not None
        for share in KILLED_AT:
            name = f"killed-{share:g}"
            print(name, file=importer.stdin, flush=True)
            pid = int(importer.stdout.readline())
            while float(importer.stdout.readline()) < share:
                pass
            os.kill(pid, signal.SIGKILL)
            while importer.stdout.readline() != f"{-signal.SIGKILL:d}\n":
                pass
            _assert_whole_or_absent(settings, name)
        importer.stdin.close()
    # What is left over hinders nobody.
    import_dataset(settings, source, ImportOptions(name="last"), silent, actor=ADA)
    _assert_whole(settings, "last")


@pytest.fixture(params=kinds())
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StuckDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = StuckDisk(folder, request.param)
    yield disk
    disk.close()


def test_a_disk_that_becomes_full_during_an_import_leaves_no_data_set_or_the_whole_one(
    source: Path, disk: StuckDisk
) -> None:
    settings = Settings(workspace=disk.folder / "workspace")
    few = _first_images(source, disk.folder.with_name("few"))
    for share in FULL_AT:
        name = f"full-{share:g}"
        with ExitStack() as until_it_ends, pytest.raises(StorageError, match="disk is full"):
            import_dataset(settings, few, ImportOptions(name=name), FillAt(share, disk, until_it_ends), actor=ADA)
        assert [dataset.name for dataset in list_datasets(settings)] == []
        assert not list((settings.workspace / "uploads").glob("staging*"))
    import_dataset(settings, few, ImportOptions(name="last"), silent, actor=ADA)
    assert [dataset.name for dataset in list_datasets(settings)] == ["last"]


def _first_images(source: Path, folder: Path) -> Path:
    """A source of 12 images: the disk is small."""
    for place in ("images", "labels"):
        (folder / place).mkdir(parents=True)
        for path in sorted((source / place).iterdir())[:12]:
            shutil.copy(path, folder / place)
    shutil.copy(source / "classes.txt", folder)
    return folder


class FillAt:
    """Progress that fills the disk once, when a share is reached."""

    def __init__(self, share: float, disk: StuckDisk, stack: ExitStack) -> None:
        self._share, self._stack = share, stack
        self._disk: StuckDisk | None = disk

    def __call__(self, share: float, _activity: str) -> None:
        if share >= self._share and self._disk is not None:
            disk, self._disk = self._disk, None
            self._stack.enter_context(disk.stuck(FULL))


def _assert_whole_or_absent(settings: Settings, name: str) -> None:
    if name in {dataset.name for dataset in list_datasets(settings)}:
        _assert_whole(settings, name)


def _assert_whole(settings: Settings, name: str) -> None:
    stored = open_version(settings, name)
    assert len(stored.labels.images) == len(list(stored.images_folder.iterdir())) == IMAGES
    assert len(stored.labels.annotations) == 2 * IMAGES
