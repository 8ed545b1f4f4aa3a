"""Nothing disappears: the accounts of images, label files, objects and entries of lists add up for every source."""

import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.demo.demo import write_demo
from core.errors import AppError
from core.labels.imports.archive import unpack
from core.labels.reading.accounts import Account, Accounts
from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.sources.source_tree import SourceTree
from core.settings import Limits
from tests.labels.rules import test_rule_01_path_then_name as rule_01
from tests.labels.rules import test_rule_04_class_names as rule_04
from tests.labels.rules import test_rule_05_nothing_disappears as rule_05
from tests.labels.rules import test_rule_06_empty_and_unlabelled as rule_06
from tests.labels.rules import test_rule_07_leave_out_blocked as rule_07
from tests.labels.rules import test_rule_08_encodings as rule_08
from tests.labels.rules import test_rule_10_bugs_in_readers as rule_10
from tests.labels.taken import Files, Taken, coco, take, take_folder, voc, written, yolo

pytestmark = pytest.mark.sweep

SHARED = Path(__file__).parents[4] / "shared"
CASES = sorted(path.parent for path in (SHARED / "cases").glob("*/case.json"))
SIZE = (80, 60)


def _tables() -> Iterator[tuple[str, Files]]:
    """The sources of the tests of the rules, by name."""
    one = {"a.jpg": SIZE}
    tables: dict[str, dict[str, Any]] = {
        "1 found": rule_01.FOUND, "1 blocked": rule_01.BLOCKED, "4 named": rule_04.NAMED, "4 blocked": rule_04.BLOCKED,
        "5 mixed": rule_05.MIXED, "5 agreeing": rule_05.AGREEING,
        "7": {name: (rule_07.SOUND | row[0],) for name, row in rule_07.BLOCKS.items()},
        "5 differing": {name: (one | files,) for name, files in rule_05.DIFFERING.items()},
        "5 lists": {name: (rule_05.pairs("a", "b", "c") | row[0],) for name, row in rule_05.LISTS.items()},
        "6": {name: (rule_06.SOUND | {"x.jpg": SIZE} | row[0],) for name, row in rule_06.USES.items()},
        "8 read": {name: (one | row[0],) for name, row in rule_08.READ.items()},
        "8 guessed": {name: (one | files,) for name, files in rule_08.GUESSED.items()},
        "10": {name: (one | row[0],) for name, row in rule_10.ODD.items()},
    }  # fmt: skip
    for rule, table in tables.items():
        for name, row in table.items():
            yield f"{rule}: {name}", row[0]


SOURCES = dict(_tables())


def wrong_accounts(taken: Taken) -> dict[str, Account]:
    return {name: account for name, account in taken.accounts.items() if not account.adds_up or min(
        account.found, account.imported, account.blocked, *account.left_out.values()) < 0}  # fmt: skip


def assert_nothing_disappeared(taken: Taken) -> None:
    """The accounts add up, and what is imported is what would be stored."""
    assert wrong_accounts(taken) == {}
    after = taken.accounts.get("objects after")
    assert after is None or after.imported == len(taken.labels.annotations)
    images = taken.accounts.get("images after")
    assert images is None or images.imported == len(taken.labels.images)
    tree = taken.examination.tree
    assert taken.accounts["images before"].found == len(tree.images) + len(tree.unsupported_images)


def test_an_account_adds_up_or_not() -> None:
    assert not Account(found=6, imported=2, blocked=1).adds_up
    account = Account(found=6, imported=2, blocked=1)
    account.left_out.update({"predictions": 2, "drawn twice": 1, "nothing": 0})
    assert account.adds_up
    assert account.to_json() == {
        "found": 6, "imported": 2, "blocked": 1,
        "left_out": [{"reason": "predictions", "count": 2}, {"reason": "drawn twice", "count": 1}],
    }  # fmt: skip
    assert list(Accounts().to_json()) == ["images", "label_files", "objects", "split_entries"]


@pytest.mark.parametrize("name", SOURCES)
def test_the_accounts_of_a_rules_source_add_up(name: str, tmp_path: Path) -> None:
    assert_nothing_disappeared(take(tmp_path, SOURCES[name]))


@pytest.mark.parametrize("dropped", [0, 1], ids=["all classes", "one class dropped"])
@pytest.mark.parametrize("faults", [False, True], ids=["sound", "with faults"])
def test_the_accounts_of_the_demo_add_up(faults: bool, dropped: int, tmp_path: Path) -> None:
    demo = write_demo(tmp_path / "demo", 18, 0, 96, faults, lambda *_: None)
    names = take_folder(tmp_path / "demo").labels.class_names[:dropped]
    taken = take_folder(tmp_path / "demo", class_map=dict.fromkeys(names, ""))
    assert_nothing_disappeared(taken)
    assert taken.accounts["objects before"].found == demo.annotations
    assert bool(taken.accounts["objects after"].left_out["class dropped"]) is bool(dropped)


@pytest.mark.parametrize("name", ["bccd", "raccoon"])
def test_the_accounts_of_a_real_set_add_up(name: str) -> None:
    folder = SHARED / "data" / name
    if not folder.is_dir():
        pytest.skip(f"the real set {name} is not at hand")
    # Read, not decoded: that takes a minute.
    accounts = read_source(SourceTree.walk(folder), ReadOptions()).accounts
    assert accounts.objects.found > 0
    every = (accounts.images, accounts.label_files, accounts.objects, accounts.split_entries)
    assert [account for account in every if not account.adds_up] == []


@pytest.mark.skipif(not CASES, reason="the label cases are not at hand")
@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_the_accounts_of_a_case_add_up(folder: Path, tmp_path: Path) -> None:
    source = folder / json.loads((folder / "case.json").read_text(encoding="utf-8")).get("input", "input")
    try:
        if source.is_file():
            unpack(source, tmp_path / "source", Limits(), lambda *_: None)
            source = tmp_path / "source"
        taken = take_folder(source)
    except AppError as refused:
        assert refused.remedy
    else:
        assert_nothing_disappeared(taken)


_SIDES = st.sampled_from([-5, 0, 1, 10, 10.5, 30, 59, 60, 75, 80, 81, 200, float("nan"), 1e12])
_TOKENS = st.sampled_from(["0", "1", "7", "-1", "cat", "dog", "k\u00e4fer"])
_NAMES = st.sampled_from(
    ["a.jpg", "b.jpg", "x/a.jpg", "images/c.jpg", "../a.jpg", "gone.jpg", "C:\\s\\b.jpg", "", "a.png"]
)
_BOXES = st.tuples(_TOKENS, _SIDES, _SIDES, _SIDES, _SIDES)
_ROWS = st.lists(
    st.one_of(
        _BOXES.map(lambda box: " ".join(map(str, box))),
        _BOXES.map(lambda box: yolo(*box).strip()),
        st.sampled_from(["", "what is this", "0 0.5 0.5", "0 0.1 0.1 0.2 0.2 0.3 0.1", "cat 0.5 0.5 0.1 0.1 0.9"]),
    ),
    max_size=5,
).map("\n".join)
_XML = st.tuples(_NAMES, st.lists(_BOXES, max_size=4), st.sampled_from([SIZE, (160, 120), None])).map(
    lambda given: voc(given[0], *given[1], size=given[2])
)
_COCO = st.tuples(
    st.lists(_NAMES, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), _SIDES, _SIDES, _SIDES, _SIDES), max_size=5),
).map(lambda given: coco(*given))
_CSV = st.lists(st.tuples(_NAMES, _SIDES, _SIDES, _SIDES, _SIDES, _TOKENS), max_size=5).map(
    lambda rows: "\n".join(["filename,xmin,ymin,xmax,ymax,class", *(",".join(map(str, row)) for row in rows)])
)
_LISTS = st.lists(_NAMES, max_size=5).map("\n".join)
_FILES = st.fixed_dictionaries(
    {"a.jpg": st.just(SIZE)},
    optional={
        "x/a.jpg": st.just(SIZE), "images/c.jpg": st.sampled_from([SIZE, b"no image"]), "b.jpg": st.just((160, 120)),
        "a.txt": _ROWS, "labels/c.txt": _ROWS, "x/a.txt": _ROWS, "labels/gone.txt": _ROWS, "a.xml": _XML,
        "x/b.xml": _XML,
        "one.json": _COCO, "train.json": _COCO, "t.csv": _CSV, "train.txt": _LISTS, "val.txt": _LISTS,
        "masks/a.png": st.just(SIZE), "classes.txt": st.sampled_from(["cat\ndog\n", "cat\n\nhen\n", ""]),
        "data.yaml": st.sampled_from(["names: [cat, dog]\n", "names: {1: cat}\ntrain: train.txt\n", "nc: 3\n", "a: ["]),
        "odd.json": st.sampled_from([{}, [], {"images": 5}]),
    },
)  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(files=_FILES)
def test_the_accounts_of_any_source_add_up(files: Files) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            taken = take(Path(folder), files)
        except AppError as refused:
            assert refused.remedy
        else:
            assert_nothing_disappeared(taken)


def test_the_accounts_of_all_pairs_of_parts_add_up(tmp_path: Path) -> None:
    """Each two label files of a set of many kinds, for the same two images."""
    cat = ("cat", 10, 10, 50, 40)
    parts: Files = {
        "a.txt": yolo(*cat), "b.txt": "", "a.xml": voc("a.jpg", cat), "b.xml": voc("b.jpg", cat),
        "c.json": coco(["a.jpg", "b.jpg"], [(1, 1, 10, 10, 40, 30)]), "d.json": coco(["b.jpg"], [(1, 2, 1, 1, 20, 20)]),
        "t.csv": "filename,xmin,ymin,xmax,ymax,class\na.jpg,10,10,50,40,cat\n",
    }  # fmt: skip
    for number, pair in enumerate(itertools.combinations(parts, 2)):
        source = written(tmp_path / str(number), {"a.jpg": SIZE, "b.jpg": SIZE} | {name: parts[name] for name in pair})
        assert_nothing_disappeared(take_folder(source))
