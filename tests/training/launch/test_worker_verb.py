"""A verb of the worker that is run to its end: by the real worker, with verbs that need no torch."""

import sys
from pathlib import Path

import pytest

from core.errors import AppError
from core.services.training import detectron_keys
from core.settings import Settings
from core.training.launch import worker_verb
from core.training.launch.worker_verb import run_worker_verb
from core.workspace.layout import Layout

pytestmark = pytest.mark.process


def run(verb: str, *arguments: str, writes: Path, timeout_s: float = 300.0) -> None:
    run_worker_verb(
        verb, *arguments, writes=writes, timeout_s=timeout_s, failure="It could not be done", remedy="Do it again."
    )


def test_a_failed_verb_says_the_last_line_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"^It could not be done: .*invalid choice: 'nothing'") as failed:
        run("nothing", writes=tmp_path / "out.json")
    assert failed.value.remedy == "Do it again."


def test_a_verb_that_ends_well_without_its_file_has_failed(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"^It could not be done: exit code 0"):
        run("schema", "--help", writes=tmp_path / "out.json")
    (tmp_path / "out.json").touch()
    run("schema", "--help", writes=tmp_path / "out.json")


def test_a_verb_that_takes_too_long_is_ended_and_can_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"^It could not be done in 0\.01 seconds") as late:
        run("schema", "--help", writes=tmp_path / "out.json", timeout_s=0.01)
    assert late.value.remedy == "Try again when the machine is free."


def test_a_verb_that_is_killed_names_the_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho a warning about something else >&2\nkill -KILL $$\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(AppError, match=r"^It could not be done: the process was ended by SIGKILL$"):
        run("schema", writes=tmp_path / "out.json")


def test_the_stored_list_of_keys_is_read_without_a_worker_until_its_source_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Layout(tmp_path).config_keys
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    monkeypatch.setattr(worker_verb, "subprocess", None)
    assert detectron_keys.config_keys(Settings(workspace=tmp_path)) == {}
