"""Names and lines of strangers on a terminal: no control character leaves the command line as it is."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from core.__main__ import main
from core.cli.text import as_json, as_text
from core.errors import AppError
from core.settings import Settings
from core.terminal import printable, printable_json, printable_line
from core.training.run.folder import RunFolder
from core.workspace.layout import Layout
from tests.factories.runs import RunMaker

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "window title": "\x1b]0;owned\x07",
    "carriage return": "cat\rdog",
    "backspace": "cat\b\b\bdog",
    "delete": "cat\x7f",
    "C1 sequence": "\x9b31mred",
    "next line": "cat\x85dog",
    "override": "cat\u202egod",
    "isolate": "\u2067cat\u2069",
    "line separator": "cat\u2028dog",
    "half a surrogate": "cat\udc9b",
    "null": "cat\0",
}


def is_harmless(text: str) -> bool:
    """Whether nothing but line ends and tabs steers a terminal."""
    steering = {"Cc", "Cs", "Zl", "Zp"}
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return not any(
        (unicodedata.category(sign) in steering and sign not in "\n\t") or unicodedata.bidirectional(sign) in turns
        for sign in text
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_harmless_and_nothing_of_it_is_lost(text: str) -> None:
    assert not is_harmless(text)
    assert is_harmless(printable(text))
    assert printable(printable(text)) == printable(text)
    document = printable_json(json.dumps([text], ensure_ascii=False))
    assert is_harmless(document)
    assert json.loads(document) == [text]


@pytest.mark.parametrize("text", ["plain", "naïve 名 🚗", "two\nlines\tand a tab", "العربية", "\\x1b"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_a_name_of_two_lines_makes_no_further_row() -> None:
    name = "cat\n dog        1"
    rows = as_text({"classes": [{"name": name, "objects": 3}]}).splitlines()
    assert len(rows) == len(as_text({"classes": [{"name": "cat", "objects": 3}]}).splitlines())
    matrix = as_text({"confusion": {"labels": [name], "matrix": [[1]]}})
    assert printable_line(name) in matrix


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_mistake_that_quotes_a_hostile_name_is_harmless(
    text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(*_: object) -> None:
        raise AppError(f"{text} is no image.", f"Remove {text}.")

    monkeypatch.setattr("core.services.runs.list_runs", mistake)
    for form in ([], ["--json"]):
        assert main(["--workspace", str(tmp_path), "runs", *form]) == 2
        printed = capsys.readouterr()
        assert is_harmless(printed.out + printed.err)
    assert json.loads(printed.out)["error"]["message"] == f"{text} is no image."


def test_a_bug_that_quotes_a_hostile_name_is_harmless(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("\x1b[2J")

    monkeypatch.setattr("core.services.runs.list_runs", broken)
    assert main(["--workspace", str(tmp_path), "runs"]) == 1
    assert is_harmless(capsys.readouterr().err)


def test_an_import_with_hostile_names_writes_nothing_harmful(tmp_path: Path) -> None:
    """Class and file names of a stranger, through all that an import, a list and a mistake say."""
    source = tmp_path / "source"
    source.mkdir()
    images = [(key, f"{key}.png") for key in range(1, 5)] + [(5, "gone\x1b[2J\u202e.png")]
    document = {
        "images": [{"id": key, "file_name": name, "width": 8, "height": 8} for key, name in images],
        "annotations": [{"id": key, "image_id": key, "category_id": 1, "bbox": [1, 1, 4, 4]} for key, _ in images],
        "categories": [{"id": 1, "name": "cat\x1b]0;owned\x07\x9b31m"}],
    }
    (source / "coco.json").write_text(json.dumps(document))
    for key, name in images[:-1]:
        Image.new("RGB", (8, 8), (40 * key, 0, 0)).save(source / name)
    said = ""
    importing = ["import", str(source), "--name", "cats", "--leave-out", "blocked"]
    for verb in (["inspect", str(source), "--json"], importing, ["dataset", "cats"]):
        command = [sys.executable, "-m", "core", "--workspace", str(tmp_path / "workspace"), *verb]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        said += (done.stdout + done.stderr).decode().replace("\r", "")  # the progress bar returns
    assert "\\x1b]0;owned" in said
    assert "\\u001b]0;owned" in said
    assert is_harmless(said)


def test_a_log_line_is_shown_without_its_colours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(workspace=tmp_path)
    run = RunMaker(name="noisy").make(settings)
    RunFolder(Layout(tmp_path).folder("run", run)).log.write_text("\x1b[32mgreen\x1b[0m \x9b2J\n")
    assert main(["--workspace", str(tmp_path), "log", run]) == 0
    printed = capsys.readouterr().out
    assert "green" in printed
    assert is_harmless(printed)


def test_a_warning_of_the_program_is_harmless(tmp_path: Path) -> None:
    script = (
        "import logging, sys\n"
        "from core.__main__ import main\n"
        "from core.services import runs\n"
        "def warn(*_): logging.getLogger('core').warning('file %s', 'a\\x1b[2J'); return []\n"
        "runs.list_runs = warn\n"
        "sys.exit(main(['--workspace', sys.argv[1], 'runs']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "a\\x1b[2J" in done.stderr
    assert is_harmless(done.stderr)


def test_json_is_ascii_where_standard_output_takes_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert as_json(["名"]) == '["\\u540d"]'
