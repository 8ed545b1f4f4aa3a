"""`--encoding` of `inspect` and `import` as a user types it."""

from pathlib import Path

import pytest

from core.services.datasets import open_version
from core.settings import Settings
from tests.cli.test_thresholds import Shell
from tests.factories.app.label_folders import PLAIN, label_folder

NAMES = ["\u043a\u043e\u0442", "\u0431\u0435\u043b\u0430\u044f \u0441\u043e\u0431\u0430\u043a\u0430"]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


@pytest.fixture
def source(tmp_path: Path) -> str:
    folder = label_folder(tmp_path / "guessed", [PLAIN, PLAIN])
    (folder / "classes.txt").write_bytes("\n".join(NAMES).encode("cp1251"))
    return str(folder)


def test_a_guess_is_listed_with_the_names_under_each_encoding_and_settled(shell: Shell, source: str) -> None:
    (guessed,) = shell("inspect", source)["encodings"]
    assert (guessed["path"], guessed["files"], guessed["chosen"]) == ("classes.txt", 1, "")
    assert {"encoding": "cp1251", "words": NAMES} in guessed["readings"]
    error = shell("import", source, code=2)["error"]
    assert "--encoding" in error["remedy"]
    document = shell("import", source, "--encoding", "classes.txt=cp1251", "--split", "50/50")
    assert document["encodings"][0]["chosen"] == "cp1251"
    opened = open_version(Settings(workspace=shell.workspace), document["dataset"])
    assert opened.labels.class_names == NAMES


@pytest.mark.parametrize("typed", ["classes.txt=cp99999", "classes.txt=", "classes.txt"])
def test_an_encoding_that_is_not_known_is_refused_with_a_remedy(typed: str, shell: Shell, source: str) -> None:
    error = shell("inspect", source, "--encoding", typed, code=2)["error"]
    assert "classes.txt" in error["message"]
    assert error["remedy"]
