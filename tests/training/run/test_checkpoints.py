from pathlib import Path
from typing import Any

import pytest

from core.files import write_json
from core.training.run.checkpoints import find_checkpoint, list_checkpoints
from core.training.run.folder import RunFolder

_BEST = {"iteration": 20, "ap": 0.5, "ap50": 0.8}


def _folder(tmp_path: Path, index: dict[str, Any], files: tuple[str, ...]) -> RunFolder:
    folder = RunFolder(tmp_path)
    folder.checkpoints.mkdir()
    for name in files:
        (folder.checkpoints / name).touch()
    write_json(folder.checkpoints / "index.json", index)
    return folder


def test_a_run_that_has_written_nothing_has_no_checkpoint(tmp_path: Path) -> None:
    assert list_checkpoints(RunFolder(tmp_path)) == []
    assert find_checkpoint(RunFolder(tmp_path)) is None


@pytest.mark.parametrize(
    ("index", "files", "found"),
    [
        pytest.param({"last": {"iteration": 30}, "best": _BEST}, ("last.pth", "best.pth"), 20, id="best"),
        pytest.param({"last": {"iteration": 30}, "best": None}, ("last.pth",), 30, id="last stands in"),
        pytest.param({"last": {"iteration": 30}, "best": _BEST}, ("last.pth",), 30, id="file of the best is gone"),
    ],
)
def test_the_best_checkpoint_is_the_one_that_is_there(
    tmp_path: Path, index: dict[str, Any], files: tuple[str, ...], found: int
) -> None:
    checkpoint = find_checkpoint(_folder(tmp_path, index, files), "best")
    assert checkpoint is not None
    assert checkpoint.iteration == found
