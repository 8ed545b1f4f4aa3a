"""`inspect --reading` as a user types it."""

from pathlib import Path

import pytest

from tests.cli.test_thresholds import Shell
from tests.labels.formats.test_group_keys import two_formats


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


def test_a_key_with_a_format_chooses_for_that_format_alone(shell: Shell, tmp_path: Path) -> None:
    document = shell("inspect", str(two_formats(tmp_path / "two")), "--reading", "voc:labels#5=corner-size-px")
    assert {group["key"]: (group["reading"], group["chosen"]) for group in document["groups"]} == {
        "text:labels#5": ("normalised", False),
        "voc:labels#5": ("corner-size-px", True),
    }
