"""stop, kill and resume on the command line: what they print, and their exit code."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import ConflictError
from core.training.launch import launcher
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import make_run, tiny_launcher


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunFolder]:
    folder = make_run(tmp_path, iterations=10_000)
    launcher.start(folder, 10_000, tiny_launcher())
    eventually(lambda: read_status(folder.status).phase is Phase.RUNNING, 60, "the first iteration")
    yield folder
    with suppress(ConflictError):
        launcher.kill(folder)


@pytest.mark.process
@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_a_run_that_ends_as_asked_is_exit_0(
    verb: str, running: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--workspace", str(tmp_path), verb, running.root.name, "--wait", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (code, document["phase"]) == (0, "stopped")
    assert "error" not in document


@pytest.mark.process
@pytest.mark.parametrize("verb", ["stop", "kill", "resume"])
def test_a_verb_that_does_not_fit_the_run_is_exit_2(
    verb: str, running: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if verb != "resume":  # which does not match an active run
        launcher.kill(running)
    assert main(["--workspace", str(tmp_path), verb, running.root.name, "--json"]) == 2
    assert set(json.loads(capsys.readouterr().out)["error"]) == {"message", "remedy"}
