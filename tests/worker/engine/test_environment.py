import subprocess
from pathlib import Path

import pytest
import torch

from core.files import read_json, write_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.version import UNKNOWN, app_version
from core.worker.engine.environment import git_revision, note_environment
from core.worker.model.config import make_config
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe, tiny_run

RECIPE = tiny_recipe(seed=11, mixed_precision=False)
CFG = make_config(RECIPE, list(CLASSES))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return tiny_run(tmp_path, "one", RECIPE, tiny_data(tmp_path))


def _note(folder: RunFolder, device: str = "CPU, 2 cores", iteration: int = 0) -> list[dict[str, object]]:
    note_environment(folder, CFG, read_job(folder), device, iteration)
    starts: list[dict[str, object]] = read_json(folder.environment)["starts"]
    return starts


def test_seed_data_device_and_versions_are_noted(folder: RunFolder) -> None:
    (start,) = _note(folder)
    assert (start["seed"], start["device"], start["iteration"]) == (11, "CPU, 2 cores", 0)
    assert start["mixed_precision"] is False
    assert start["version"] == app_version() != UNKNOWN
    assert start["data_hash"] == read_json(read_job(folder).data / "version.json")["content_hash"] != ""
    packages = start["packages"]
    assert isinstance(packages, dict)
    # The distribution's version lacks the name of the build, such as +cpu.
    assert torch.__version__.startswith(packages["torch"])
    assert packages["detectron2"].startswith("0.6")


def test_a_resume_is_noted_where_something_is_not_as_before(folder: RunFolder) -> None:
    _note(folder)
    assert len(_note(folder, iteration=30)) == 1
    starts = _note(folder, device="Some GPU", iteration=50)
    assert [(start["device"], start["iteration"]) for start in starts] == [("CPU, 2 cores", 0), ("Some GPU", 50)]


@pytest.mark.parametrize("broken", ["", "[]", '{"starts": 3}', '{"starts": [1]}'])
def test_a_broken_file_is_written_anew(folder: RunFolder, broken: str) -> None:
    folder.environment.write_text(broken)
    assert len(_note(folder)) == 1


def test_the_revision_is_that_of_the_clone_and_says_where_files_differ(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
        done = subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], capture_output=True, text=True)
        return done.stdout.strip()

    assert git_revision(tmp_path) == ""
    git("init")
    tmp_path.joinpath("a.txt").write_text("a")
    git("add", "a.txt")
    git("commit", "-m", "one")
    git("tag", "v1")
    assert git_revision(tmp_path) == git("rev-parse", "HEAD")
    tmp_path.joinpath("a.txt").write_text("b")
    assert git_revision(tmp_path) == f"{git('rev-parse', 'HEAD')}-dirty"


def test_a_version_without_a_hash_does_not_prevent_a_start(folder: RunFolder) -> None:
    write_json(read_job(folder).data / "version.json", {})
    assert _note(folder)[0]["data_hash"] == ""
