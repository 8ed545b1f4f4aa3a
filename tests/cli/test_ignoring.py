"""`import --ignore` as a user types it."""

from pathlib import Path

import pytest

from core.services.datasets import open_version
from core.settings import Settings
from tests.cli.test_thresholds import Shell
from tests.services.datasets.test_ignored_and_attributes import kitti, voc


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


def test_objects_are_ignored_by_each_attribute_that_is_named(shell: Shell, tmp_path: Path) -> None:
    source = str(kitti(tmp_path / "kitti"))
    document = shell("import", source, "--ignore", "occluded=2", "--ignore", "truncated=0.5")
    assert (document["annotations"], document["ignored_regions"]) == (6, 2)
    assert document["accounts"]["objects"]["imported"] == document["imported"]["annotations"] == 6
    opened = open_version(Settings(workspace=shell.workspace), document["dataset"])
    assert opened.labels.annotations["is_crowd"].all()
    assert opened.facts["options"]["ignore"] == ["occluded=2", "truncated=0.5"]


@pytest.mark.parametrize("typed", ["difficult", "=1", "difficult=3"], ids=["no value", "no name", "of no object"])
def test_an_attribute_that_cannot_be_meant_is_refused(typed: str, shell: Shell, tmp_path: Path) -> None:
    error = shell("import", str(voc(tmp_path / "voc")), "--ignore", typed, code=2)["error"]
    assert typed in error["message"]
    assert error["remedy"]
