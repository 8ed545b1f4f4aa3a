"""Lists of class names: where they are found, which folder they rule, and what is refused."""

from pathlib import Path

import pytest

from core.labels.reading.class_lists import ClassLists, is_class_list, number_of, read_class_lists
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.yaml_description import read_descriptions
from tests.labels.taken import Files, written


def lists_in(folder: Path, files: Files, unclaimed: list[str] | None = None) -> ClassLists:
    tree = SourceTree.walk(written(folder, files))
    return read_class_lists(tree, read_descriptions(tree), unclaimed if unclaimed is not None else [])


@pytest.mark.parametrize(
    ("files", "names"),
    [
        pytest.param({"data.yaml": "names: [a, b]\n"}, [("data.yaml", ("a", "b"))], id="YAML"),
        pytest.param({"x/classes.txt": "a\nb\n"}, [("x/classes.txt", ("a", "b"))], id="a list"),
        pytest.param({"obj.names": "a\n\n b \n\n"}, [("obj.names", ("a", "", "b"))], id="a blank line"),
        pytest.param({"data.yaml": "names: {2: c, 0: a}\n"}, [("data.yaml", ("a", "", "c"))], id="a gap"),
        pytest.param({"obj.data": "names = x/n.lst\n", "x/n.lst": "a\n"}, [("x/n.lst", ("a",))], id="Darknet"),
        pytest.param({"classes.txt": ""}, [], id="an empty list"),
    ],
)
def test_a_list_is_read(files: Files, names: list[tuple[str, tuple[str, ...]]], tmp_path: Path) -> None:
    read = lists_in(tmp_path, files)
    assert [(listed.file, listed.names) for listed in read.lists] == names
    assert read.findings == []


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"data.yaml": "names: cat\n"}, id="a text"),
        pytest.param({"data.yaml": "names: [[a]]\n"}, id="a list in a list"),
        pytest.param({"data.yaml": "names: {a: b}\n"}, id="a table of words"),
        pytest.param({"data.yaml": "names: {99999999999: b}\n"}, id="a number of eleven digits"),
        pytest.param({"data.yaml": "names: {100000: b}\n"}, id="a number beyond all lists"),
        pytest.param({"data.yaml": "names: [a\n"}, id="no YAML"),
        pytest.param({"classes.txt": b"\x00\x01\x02"}, id="binary data"),
        pytest.param({"classes.txt": "a\n" * 600_000}, id="more than a MiB"),
    ],
)
def test_what_is_no_list_blocks_with_the_file(files: Files, tmp_path: Path) -> None:
    read = lists_in(tmp_path, files)
    assert read.lists == []
    assert [(finding.check, finding.file) for finding in read.findings] == [("malformed-file", next(iter(files)))]


def test_a_list_rules_its_folder_and_those_below_and_others_only_where_they_have_none(tmp_path: Path) -> None:
    read = lists_in(tmp_path, {"x/classes.txt": "a\n", "x/y/data.yaml": "names: [b]\n"})
    ruled = {label: [listed.file for listed in read.ruling(label)[0]] for label in ("x/1.txt", "x/y/1.txt", "z/1.txt")}
    assert ruled == {
        "x/1.txt": ["x/classes.txt"],
        "x/y/1.txt": ["x/y/data.yaml", "x/classes.txt"],
        "z/1.txt": ["x/y/data.yaml", "x/classes.txt"],
    }
    assert [read.ruling(label)[1] for label in ruled] == [True, True, False]


def test_a_table_of_ids_is_a_list_and_no_label_file(tmp_path: Path) -> None:
    unclaimed = ["classes.csv", "boxes.csv"]
    read = lists_in(tmp_path, {"classes.csv": "cat,0\ndog,1\n", "boxes.csv": "a,b\nx,y\n"}, unclaimed)
    assert [listed.names for listed in read.lists] == [("cat", "dog")]
    assert unclaimed == ["boxes.csv"]


@pytest.mark.parametrize(
    ("token", "number"), [("0", 0), ("012", 12), ("-1", None), ("1.0", None), ("9" * 10, None), ("\u0663", None)]
)
def test_a_token_is_a_number_or_a_name(token: str, number: int | None) -> None:
    assert number_of(token) == number


def test_lists_are_known_by_their_names() -> None:
    assert all(map(is_class_list, ("a/Classes.TXT", "obj.names", "_darknet.labels", "x/predefined_classes.txt")))
    assert not any(map(is_class_list, ("train.txt", "classes.json", "names.txt.bak")))
