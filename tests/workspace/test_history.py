"""history.jsonl: who did what to an item that has no other file to keep it in."""

from pathlib import Path

import pytest

from core.errors import DamagedFileError
from core.workspace.history import HISTORY_FILE, note_change, read_history
from tests.factories.actors import ADA, BOB


def test_changes_are_read_in_the_order_in_which_they_were_noted(tmp_path: Path) -> None:
    assert read_history(tmp_path) == []
    note_change(tmp_path, "stopped", ADA)
    note_change(tmp_path, "resumed", BOB)
    assert [(change.did, change.actor) for change in read_history(tmp_path)] == [("stopped", ADA), ("resumed", BOB)]


def test_lines_that_are_none_are_passed_over_and_a_damaged_actor_is_unknown(tmp_path: Path) -> None:
    note_change(tmp_path, "stopped", ADA)
    with (tmp_path / HISTORY_FILE).open("a") as file:
        file.write('no JSON\n{"did": "killed"}\n{"time": -1, "did": "killed"}\n{"time": 1, "did": "renamed", "actor": 5}\n')
    assert [(change.did, change.actor) for change in read_history(tmp_path)] == [("stopped", ADA), ("renamed", None)]


def test_a_change_to_what_is_gone_or_cannot_be_written_is_not_held_up(tmp_path: Path) -> None:
    note_change(tmp_path / "gone", "deleted", ADA)
    (tmp_path / HISTORY_FILE).mkdir()
    note_change(tmp_path, "stopped", ADA)
    assert not (tmp_path / "gone").exists()
    with pytest.raises(DamagedFileError, match="folder"):
        read_history(tmp_path)
