import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.settings import Settings
from tests.factories.runs import RunMaker


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    RunMaker(name="one").make(Settings(workspace=tmp_path))
    return tmp_path


def _log(workspace: Path, *arguments: str) -> int:
    return main(["--workspace", str(workspace), "log", "one", *arguments])


def test_the_last_lines_are_printed_as_they_are(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _log(workspace, "--lines", "2") == 0
    assert capsys.readouterr().out == "iteration 380 of 400\niteration 400 of 400\n"


def test_a_search_is_one_document_with_its_count(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _log(workspace, "--search", "ITERATION 3", "--lines", "1", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["lines"] == ["iteration 380 of 400"]
    assert document["found"] == 5
    assert document["searched_bytes"] == document["bytes"] > 0
    assert document["run"].startswith("r-")


def test_a_wrong_pattern_is_a_users_mistake(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _log(workspace, "--search", "(", "--regex", "--json") == 2
    assert "regular expression" in json.loads(capsys.readouterr().out)["error"]["message"]
