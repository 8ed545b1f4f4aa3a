"""The verb `seal` as a user types it."""

from pathlib import Path

import pytest

from core.services.evaluation import start as evaluation_start
from tests.cli.test_thresholds import Shell
from tests.factories.evaluations import perfect_evaluator


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


def test_openings_are_told_of_data_set_and_evaluation(shell: Shell) -> None:
    assert shell("seal", "shapes") == {"dataset": "shapes", "version": "v1", "opened": 0, "openings": []}
    assert shell("seal", shell.test)["opened"] == 0

    document = shell("seal", shell.test, "--open")

    assert (document["opened"], document["openings"][0]["from"]) == (1, "command line")
    assert document["openings"][0]["evaluation"] == shell.test
    assert document["openings"][0]["subject"] == shell.run
    assert shell("seal", shell.test, "--open") == document
    assert shell("seal", "shapes") == document


@pytest.mark.worker
def test_an_evaluation_on_test_opens_its_scores_and_says_so(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_start, "launcher_for", lambda settings, kind: perfect_evaluator())
    document = shell("evaluate", shell.run, "--split", "test")
    (opening,) = shell("seal", "shapes")["openings"]
    assert (opening["evaluation"], opening["from"]) == (document["evaluation"], "command line")
    assert any("opened 1 time so far" in note for note in document["notes"])

    shell("evaluate", shell.run, "--split", "test")
    assert "opened 2 times so far, over all runs" in shell.said
    shell("evaluate", shell.run, "--split", "val")
    assert "opened" not in shell.said
    assert shell("seal", "shapes")["opened"] == 2


def test_what_has_no_seal_says_so(shell: Shell) -> None:
    assert "has no seal" in shell("seal", shell.val, "--open", code=2)["error"]["message"]
    assert "nobody" in shell("seal", "nobody", code=2)["error"]["message"]
    assert "no evaluation" in shell("seal", "shapes", "--open", code=2)["error"]["message"]
