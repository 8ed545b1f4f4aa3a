"""Processes that decode images: they give what this process would, survive a crash, and end with their parent."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from PIL import Image

from core.errors import AppError
from core.labels.images import scan
from core.labels.images.decoders import Decoders
from core.labels.images.kept_facts import KeptFacts
from core.labels.images.scan import read_facts
from core.labels.sources.source_tree import SourceTree
from core.settings import Limits

pytestmark = pytest.mark.process
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(20):
        Image.new("RGB", (40 + number, 30), (number * 9, 90, 200)).save(source / f"{number:02d}.png")
    (source / "05.png").write_bytes(b"no image")
    return source


def test_processes_give_the_facts_and_thumbnails_that_this_process_gives(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = SourceTree.walk(folder)
    here = read_facts(_images(tree), tree, lambda *_: None, thumbnails=tmp_path / "here", workers=2)
    monkeypatch.setattr(scan, "_PROCESSES_FROM", 1)
    monkeypatch.delattr(scan, "read_fact")
    shares: list[float] = []
    there = read_facts(_images(tree), tree, lambda share, _: shares.append(share), None, tmp_path / "there", 2)
    pd.testing.assert_frame_equal(here, there)
    assert (there["problem"] != "").sum() == 1
    assert shares == sorted(shares)
    assert shares[-1] == 1
    thumbnails = [sorted(path.name for path in (tmp_path / side).rglob("*.jpg")) for side in ("here", "there")]
    assert thumbnails[0] == thumbnails[1]
    assert len(thumbnails[0]) == 19


def test_an_image_at_which_a_process_dies_is_unreadable_and_the_others_are_read(folder: Path) -> None:
    Image.new("1", (5_000, 4_100)).save(folder / "large.png")
    with Decoders(folder, Limits(), None, 1) as decoders:
        decoders.read([(1, "02.png")])
        (child,) = _decoders_of(psutil.Process())
        with Path(decoders.lock_path).open() as lock:
            # The process waits for its turn to decode the large image, and is killed there.
            fcntl.flock(lock, fcntl.LOCK_EX)
            killer = threading.Thread(target=_kill_once_it_opens, args=(child, decoders.lock_path))
            killer.start()
            facts = decoders.read([(1, "02.png"), (2, "large.png"), (3, "04.png")])
            killer.join()
    assert [fact.problem for fact in facts] == ["", "cannot be decoded: the decoder crashed", ""]
    assert [fact.image_id for fact in facts] == [1, 2, 3]
    assert _decoders_of(psutil.Process()) == []


def test_a_pass_that_breaks_off_ends_its_processes_and_goes_on_where_it_stopped(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_PROCESSES_FROM", 1)
    monkeypatch.setattr(scan, "_BATCH", 2)
    tree, file = SourceTree.walk(folder), tmp_path / "facts.jsonl"

    def break_off(share: float, _activity: str) -> None:
        if share > 0.2:
            raise KeyboardInterrupt

    kept = KeptFacts(file)
    with pytest.raises(KeyboardInterrupt):
        read_facts(_images(tree), tree, break_off, kept, None, 2)
    kept.close()
    assert _decoders_of(psutil.Process()) == []
    assert 0 < len(file.read_text().splitlines()) < 20
    kept = KeptFacts(file)
    facts = read_facts(_images(tree), tree, lambda *_: None, kept, None, 2)
    kept.close()
    assert len(facts) == len(file.read_text().splitlines()) == 20


def test_processes_end_when_their_parent_is_killed(folder: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(folder)], stdout=subprocess.PIPE, text=True, env=_environment()
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "read\n"
    (child,) = _decoders_of(psutil.Process(parent.pid))
    parent.kill()
    parent.communicate()
    child.wait(timeout=30)


def test_a_process_that_does_not_start_is_no_fault_of_an_image(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Decoders(folder, Limits(), None, 1) as decoders, pytest.raises(AppError, match="did not start"):
        decoders.read([(1, "02.png")])


_PARENT = """
import sys, time
from pathlib import Path
from core.labels.images.decoders import Decoders
from core.settings import Limits
with Decoders(Path(sys.argv[1]), Limits(), None, 1) as decoders:
    decoders.read([(1, "02.png")])
    print("read", flush=True)
    time.sleep(600)
"""


def _images(tree: SourceTree) -> pd.DataFrame:
    return pd.DataFrame({"image_id": range(1, len(tree.images) + 1), "source": tree.images})


def _kill_once_it_opens(process: psutil.Process, path: str) -> None:
    while path not in {file.path for file in process.open_files()}:
        time.sleep(0.01)
    process.kill()


def _decoders_of(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if "core.labels.images.decoder" in child.cmdline()]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
