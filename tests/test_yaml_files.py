"""One reader of YAML: its types, its limits, and that expert settings, configurations and data.yaml go through it."""

import ast
import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.cli.values import yaml_value
from core.errors import AppError, RecipeError
from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.sources.source_tree import SourceTree
from core.training.recipe.overrides import from_yaml
from core.yaml_files import YamlError, YamlLimits, YamlTooLargeError, read_yaml
from tests.factories.app.uploads import make_image

ROOT = Path(__file__).resolve().parent.parent
DIGITS = "9" * 5000
HOSTILE = {
    "a bool that is none": "a: 1\nb: !!bool x\n",
    "an int that is none": "a: 1\nb: !!int x\n",
    "a float that is none": "a: 1\nb: !!float x\n",
    "a null that is none": "a: 1\nb: !!null x\n",
    "a timestamp of nonsense": "a: 1\nb: !!timestamp 2024-99-99\n",
    "binary": "a: 1\nb: !!binary =\n",
    "a set": "a: 1\nb: !!set {x, y}\n",
    "ordered pairs": "a: 1\nb: !!omap [x]\n",
    "a list that is a table": "a: 1\nb: !!seq {x: 1}\n",
    "a python object": "a: 1\nb: !!python/object/apply:os.system [id]\n",
    "an own tag": "a: 1\nb: !mine x\n",
    "a giant int": f"a: 1\nb: !!int {DIGITS}\n",
    "a giant hexadecimal": f"a: 1\nb: !!int 0x{'f' * 5000}\n",
    "half a surrogate": 'a: 1\nb: "\\ud800"\n',
    "a control character": "a: 1\nb: \x01\n",
    "a list as a key": "a: 1\n? [b]\n: 2\n",
    "a table as a key": "a: 1\n? {b: 1}\n: 2\n",
    "an alias": "a: 1\nb: [&x 1, *x]\n",
    "an alias of itself": "a: 1\nb: &x [*x]\n",
    "two documents": "a: 1\n--- \nb: 2\n",
    "brackets": "a: 1\nb: " + "[" * 100_000 + "\n",
    "dashes": "a: 1\nb:\n  " + "- " * 5000 + "x\n",
    "tables in tables": "a: 1\nb: " + "{b: " * 5000 + "\n",
    "many values": "a: 1\nb: [" + "1," * 300_000 + "]\n",
    "cut short": "a: 1\nb: {",
    "an unknown directive": "%YAML 9.9\n---\na: 1\n",
    "a tab": "a: 1\n\tb: 2\n",
}
# Numbers are text to a reader that wants text only.
WITH_NUMBERS = HOSTILE | {
    "a giant number": f"a: 1\nb: {DIGITS}\n",
    "a giant fraction": f"a: 1\nb: 0.{DIGITS}\n",
    "a giant octal": f"a: 1\nb: 0o{'7' * 5000}\n",
}
SETTINGS = WITH_NUMBERS | {"a surrogate as it is": "\ud800: 1"}


@pytest.mark.parametrize("text", WITH_NUMBERS.values(), ids=WITH_NUMBERS)
def test_hostile_yaml_is_one_error_with_line_and_remedy(text: str) -> None:
    with pytest.raises(YamlError) as refused:
        read_yaml(text, YamlLimits(bytes=2**20))
    assert refused.value.remedy
    assert refused.value.line in ((1, 2, 3) if text.startswith("%") or "- -" in text else (2,))
    assert len(refused.value.message) < 300


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
def test_hostile_expert_settings_are_refused(text: str) -> None:
    with pytest.raises(RecipeError) as refused:
        from_yaml(text)
    assert refused.value.remedy


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.worker
def test_a_hostile_configuration_is_refused(text: str) -> None:
    # Imported here: torch takes seconds, which the other tests need not wait for.
    from core.worker.model.custom_config import own_config

    with pytest.raises(AppError) as refused:
        own_config(text)
    assert refused.value.remedy


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_data_yaml_is_a_finding_that_names_the_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_bytes(text.encode())
    (tmp_path / "a.jpg").write_bytes(make_image())
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "a.jpg").write_bytes(make_image())
    reading = read_source(SourceTree.walk(tmp_path), ReadOptions())
    (finding,) = [finding for finding in reading.findings if finding.check == "malformed-file"]
    assert "data.yaml, line" in finding.message


@pytest.mark.parametrize("text", WITH_NUMBERS.values(), ids=WITH_NUMBERS)
def test_a_hostile_value_on_the_command_line_stays_text(text: str) -> None:
    assert yaml_value(text) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None),
        ("0", 0), ("-12", -12), ("+7", 7), ("010", 10), ("0x1F", 31), ("0o17", 15), ("999999999999999999", 10**18 - 1),
        ("0.5", 0.5), ("1e-3", 0.001), ("1.0e-05", 1e-5), (".5", 0.5), ("1.", 1.0), (".inf", math.inf),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2024-01-01", "2024-01-01"), ("1_000", "1_000"), ("0b11", "0b11"), ("<<", "<<"), ("=", "="), ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 1", "1"), ("!!int '1'", 1), ("!!float 1", 1.0), ("!!bool 'true'", True), ("! 1", "1"),
        ("(1, 2)", "(1, 2)"), ("[1, [a, null]]", [1, ["a", None]]), ("{a: {b: 1.5}}", {"a": {"b": 1.5}}),
        ("|\n  two\n  lines\n", "two\nlines\n"), ('"\\u00e9"', "é"),
    ],
)  # fmt: skip
def test_values_are_those_of_yaml_1_2(written: str, value: Any) -> None:
    read_back = read_yaml(f"a: {written}")["a"]
    assert read_back == value
    assert type(read_back) is type(value)


def test_a_text_reader_keeps_every_name_as_it_is_written() -> None:
    names = ["yes", "no", "on", "off", "null", "007", "1.0", "1e3", "2024-01-01", "1:30", "true", DIGITS]
    assert read_yaml(f"names: [{', '.join(names)}]", only_text=True) == {"names": names}


@pytest.mark.parametrize("content", ["a: é", "\ufeffa: é"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_utf_8_and_utf_16_are_read(content: str, encoding: str) -> None:
    assert read_yaml(content.removeprefix("\ufeff").encode(encoding)) == {"a": "é"}
    assert read_yaml(content) == {"a": "é"}
    with pytest.raises(YamlError, match="not UTF-8"):
        read_yaml("a: é".encode("latin-1"))


@pytest.mark.parametrize(("text", "value"), [("", None), ("# nothing\n", None), ("---\n...\n", None), ("[]", [])])
def test_an_empty_document_is_none(text: str, value: Any) -> None:
    assert read_yaml(text) == value


def test_aliases_are_read_where_they_are_allowed_and_count_as_what_they_stand_for() -> None:
    limits = YamlLimits(aliases=True, values=1000)
    assert read_yaml("a: &x [1, 2]\nb: *x\n", limits) == {"a": [1, 2], "b": [1, 2]}
    bomb = "a0: &a0 [1, 2]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    with pytest.raises(YamlTooLargeError):
        read_yaml(bomb, limits)
    deep = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
    with pytest.raises(YamlError, match="nested deeper"):
        read_yaml(deep, YamlLimits(aliases=True))


def test_too_many_bytes_are_refused_unread() -> None:
    for text in ("x" * 200_001, "é" * 150_000, b"x" * 200_001):
        with pytest.raises(YamlTooLargeError):
            read_yaml(text)


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        ("[yes, no, on, off]", ["yes", "no", "on", "off"]),
        ("{0: no, 1: 007, 2: 1.0}", ["no", "007", "1.0"]),
        ("[cat, '', dog]", ["cat", "class 1", "dog"]),
        (f"[cat, {DIGITS}]", ["cat", "9" * 200]),
    ],
    ids=["words", "numbers", "a blank", "many digits"],
)
def test_class_names_of_a_data_yaml_stay_as_they_are_written(names: str, classes: list[str], tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text(f"names: {names}\nnc: {len(classes)}\n")
    (tmp_path / "a.jpg").write_bytes(make_image())
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n")
    (tmp_path / "a.jpg").write_bytes(make_image())
    reading = read_source(SourceTree.walk(tmp_path), ReadOptions())
    assert reading.label_set.class_names == classes


def test_a_key_that_stands_twice_is_refused_where_the_last_would_win() -> None:
    text = "names:\n  0: cat\n  0: dog\n"
    assert read_yaml(text) == {"names": {0: "dog"}}
    with pytest.raises(YamlError, match="Line 3: the key '0' stands twice"):
        read_yaml(text, YamlLimits(repeated_keys=False))


def test_what_pyyaml_dumps_is_read_back_the_same() -> None:
    values = {"a": [1, 2.5, 1e-5, True, None, "text", "no", "1.5", "é"], "b": {"c": [[1, 2], [3]]}, "d": ""}
    assert read_yaml(yaml.safe_dump(values)) == values


def test_nobody_else_reads_yaml() -> None:
    found = []
    for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "server.py"]:
        if path.name == "yaml_files.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name(id="yaml"), attr=name) if not name.endswith("dump"):
                    found.append(f"{path.name}:{node.lineno} yaml.{name}")
                case ast.ImportFrom(module="yaml"):
                    found.append(f"{path.name}:{node.lineno}")
    assert not found, f"use core.yaml_files.read_yaml: {found}"
