"""Whatever a label file holds: never a crash, always a finding with a place or a refusal with a remedy.

The short form changes a sound file of each format a hundred times. The long form goes on for ten minutes in all;
its seed is printed, and DETDESK_FUZZ_SEED repeats it.
"""

import math
import os
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.boxes import Boxes
from core.errors import AppError
from core.labels.findings import Finding, Severity
from core.labels.formats import READERS
from core.labels.formats.base import Reader
from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.reading.reading import Reading
from core.labels.sources.source_tree import SourceTree
from core.tables import boxes_xyxy
from tests.labels.formats.mutations import KINDS, SIZE, SOUND, Change, mutated
from tests.labels.taken import take, written

pytestmark = pytest.mark.sweep

LONG_S = 600 / len(READERS)
# Where classes are numbers.
NAMES = {"rows": ("cat", "dog"), "detectron2": ("cat", "dog")}
BY_ID = {reader.FORMAT_ID: reader for reader in READERS}
_CHANGES = st.lists(
    st.tuples(st.integers(0, 5_000), st.sampled_from(KINDS), st.integers(0, 5_000)), min_size=1, max_size=4
)


def fuzzed(format_id: str, changes: list[Change], folder: Path) -> SourceTree:
    """A source of two images and one changed label file."""
    name, content = mutated(format_id, changes)
    files = {"a.jpg": SIZE, "b.jpg": SIZE, "b.txt": "cat 10 10 50 40\n", name: content}
    return SourceTree.walk(written(folder, files))


def check_reader(reader: Reader, tree: SourceTree) -> None:
    """The reader itself raises nothing, fills every column, and gives each finding its file."""
    name = SOUND[reader.FORMAT_ID][0]
    read = reader.read(tree, [name])
    rows = len(read.token)
    assert len(read.entry) == len(read.group) == len(read.line) == rows
    assert len(read.values) == 4 * rows
    assert all(math.isfinite(value) for value in read.values)
    assert all(0 <= entry < len(read.entries) for entry in read.entry)
    assert all(0 <= group < len(read.groups) for group in read.group)
    # -1: an object that names no image.
    assert all(-1 <= entry < len(read.entries) for entry, _ in read.unreadable)
    assert all(name in finding.message or finding.file == name for finding in read.findings)


def check_reading(reading: Reading) -> None:
    """Nothing disappeared, every number can be stored, and whatever blocks has a place."""
    accounts = reading.accounts
    for account in (accounts.images, accounts.label_files, accounts.objects, accounts.split_entries):
        assert account.adds_up, account
    labels = reading.label_set
    assert np.isfinite(boxes_xyxy(labels.annotations)).all()
    assert set(labels.annotations["image_id"]) <= set(labels.images["image_id"])
    assert set(labels.annotations["category_id"]) <= set(range(len(labels.categories)))
    for name in labels.class_names:
        name.encode()
    assert [finding for finding in reading.findings if not has_place(finding)] == []
    assert not any("bug in the reader" in finding.message for finding in reading.findings)
    # An object that did not come in is told of.
    if accounts.objects.blocked:
        assert any(finding.severity is Severity.BLOCKS for finding in reading.findings)


def has_place(finding: Finding) -> bool:
    """Whether a finding that blocks names its file, in words that can be written."""
    finding.message.encode()
    return finding.severity is not Severity.BLOCKS or finding.file != ""


@pytest.mark.parametrize("format_id", BY_ID)
def test_the_sound_file_of_a_format_is_read_by_its_reader(format_id: str, tmp_path: Path) -> None:
    tree = fuzzed(format_id, [], tmp_path)
    reading = read_source(tree, ReadOptions(names=NAMES.get(format_id)))
    assert len(reading.label_set.annotations) >= 2
    assert format_id in {group.format for group in reading.groups}


@pytest.mark.parametrize("format_id", BY_ID)
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(changes=_CHANGES)
def test_a_changed_file_is_read_or_refused(format_id: str, changes: list[Change]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = fuzzed(format_id, changes, Path(folder))
        check_reader(BY_ID[format_id], tree)
        check_reading(read_source(tree, ReadOptions(names=NAMES.get(format_id))))


@pytest.mark.parametrize("format_id", BY_ID)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(format_id: str, content: bytes) -> None:
    name = SOUND[format_id][0]
    with tempfile.TemporaryDirectory() as folder:
        tree = SourceTree.walk(written(Path(folder), {"a.jpg": SIZE, name: content}))
        check_reader(BY_ID[format_id], tree)
        try:
            reading = read_source(tree, ReadOptions(format="yolo" if format_id == "rows" else format_id))
        except AppError as refused:
            assert refused.remedy
        else:
            check_reading(reading)


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b"<a>" * 100_000, b"1" * 100_000],
    ids=["lists", "tables", "closed lists", "elements", "digits"],
)
@pytest.mark.parametrize("format_id", BY_ID)
def test_deep_nesting_and_long_numbers_are_refused(format_id: str, content: bytes, tmp_path: Path) -> None:
    tree = SourceTree.walk(written(tmp_path, {"a.jpg": SIZE, SOUND[format_id][0]: content}))
    check_reader(BY_ID[format_id], tree)
    check_reading(read_source(tree, ReadOptions(format="yolo" if format_id == "rows" else format_id)))


@pytest.mark.long
@pytest.mark.parametrize("format_id", BY_ID)
def test_changed_files_are_imported_or_refused_for_minutes(format_id: str) -> None:
    seed = int(os.environ.get("DETDESK_FUZZ_SEED") or random.SystemRandom().randrange(10**9))
    print(f"DETDESK_FUZZ_SEED={seed}")
    drawn, ends = random.Random(f"{format_id} {seed}"), time.monotonic() + LONG_S
    while time.monotonic() < ends:
        changes = [
            (drawn.randrange(5_000), drawn.choice(KINDS), drawn.randrange(5_000)) for _ in range(drawn.randint(1, 6))
        ]
        with tempfile.TemporaryDirectory() as folder:
            try:
                _import_or_refuse(format_id, changes, Path(folder))
            except Exception as error:
                raise AssertionError(f"DETDESK_FUZZ_SEED={seed} {format_id} {changes}") from error


def _import_or_refuse(format_id: str, changes: list[Change], folder: Path) -> None:
    tree = fuzzed(format_id, changes, folder)
    check_reader(BY_ID[format_id], tree)
    taken = take(folder, {}, names=NAMES.get(format_id))
    check_reading(taken.examination.reading)
    assert [name for name, account in taken.accounts.items() if not account.adds_up] == []
    if taken.plan is not None:
        boxes: Boxes = boxes_xyxy(taken.labels.annotations)
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, :2] < boxes[:, 2:]).all()
