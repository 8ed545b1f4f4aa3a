"""Each check finds its fault, at its place, and nothing in sound labels."""

from collections.abc import Callable

import pandas as pd
import pytest

from core.labels.checks.box_fixes import repair
from core.labels.checks.check_input import Subject
from core.labels.checks.check_texts import CHECK_TEXTS
from core.labels.checks.checks import run_checks
from core.labels.findings import Finding, Severity
from core.labels.label_set import LabelSet
from tests.factories.sources import facts, label_set, turned_in

Box = tuple[float, float, float, float]
SOUND: Box = (10, 10, 40, 40)
# What a handful of test objects is rightly told.
OF_SMALL_SETS = {"few-examples"}


def found(labels: LabelSet, known: pd.DataFrame, *, as_stored: bool = False) -> list[Finding]:
    """The findings of all checks but those that any tiny set gets; `as_stored` is what labels of turned images mean."""
    findings = run_checks(Subject(labels, known, repair(labels, known, turned_in(known, as_stored=as_stored))))
    return [finding for finding in findings if finding.check not in OF_SMALL_SETS]


def test_sound_labels_have_no_findings() -> None:
    labels = label_set([SOUND, (50, 10, 80, 70)], [1, 2])
    assert found(labels, facts(labels)) == []


@pytest.mark.parametrize(
    ("box", "check", "severity"),
    [
        pytest.param((10, 10, 10, 30), "zero-area", "fixed", id="no width"),
        pytest.param((120, 10, 150, 30), "outside-image", "fixed", id="outside"),
        pytest.param((80, 10, 120, 40), "over-border", "fixed", id="over the border"),
        pytest.param((80, 70, 50, 40), "swapped-corners", "fixed", id="swapped"),
        pytest.param((float("nan"), 10, 30, 30), "non-finite", "blocks", id="not a number"),
        pytest.param((10, 10, 13, 13), "tiny-box", "look", id="tiny"),
        pytest.param((0, 0, 100, 80), "whole-image-box", "look", id="the whole image"),
        pytest.param((0, 10, 99, 15), "odd-aspect", "look", id="very long"),
    ],
)
def test_a_box_is_found(box: Box, check: str, severity: str) -> None:
    labels = label_set([SOUND, box])
    (finding,) = found(labels, facts(labels))
    assert (finding.check, finding.severity) == (check, Severity(severity))
    assert (finding.file, finding.line, finding.image, finding.annotation) == ("1.txt", 2, "1.png", 2)
    assert finding.message.startswith("1.txt, line 2: class0 box (")
    assert finding.box == (None if check == "non-finite" else box)


def test_a_box_of_unusual_size_needs_a_class_of_usual_ones() -> None:
    usual: list[Box] = [(10, 10, 30 + k % 3, 30) for k in range(40)]
    ids = list(range(1, 42))
    labels = label_set([*usual, (0, 0, 90, 70)], ids)
    assert [(f.check, f.annotation) for f in found(labels, facts(labels))] == [("unusual-size", 41)]
    few = label_set([*usual[:10], (0, 0, 90, 70)], ids[:11])
    assert found(few, facts(few)) == []


Facts = Callable[[LabelSet], pd.DataFrame]


@pytest.mark.parametrize(
    ("known", "check", "severity", "says"),
    [
        pytest.param(
            lambda labels: facts(labels, problem=["", "truncated"]),
            "unreadable-image", "blocks", "2.png is unreadable: truncated.", id="unreadable",
        ),
        pytest.param(
            lambda labels: facts(labels, problem=["", "gone"], is_missing=[False, True]),
            "missing-image", "blocks", "2.png is missing.", id="missing",
        ),
        pytest.param(
            lambda labels: facts(labels, conversion=["", "has 3 frames: the first is kept"]),
            "image-converted", "fixed", "2.png has 3 frames: the first is kept.", id="converted",
        ),
        pytest.param(
            lambda labels: facts(
                labels, conversion=["", "is deep"], is_deep=[False, True], low=[0.0, 7.0], high=[0.0, 4095.0]
            ),
            "image-converted", "fixed", "2.png is deep (7 to 4,095).", id="deep",
        ),
        pytest.param(
            lambda labels: facts(labels, is_cut_off=[False, True]),
            "cut-off-image", "fixed", "2.png is cut off within its last rows; it is stored", id="cut off",
        ),
        pytest.param(
            lambda labels: facts(labels, is_cut_off=[False, True], missing_rows=[0, 4]),
            "cut-off-image", "fixed", "2.png is cut off: the last 4 of 80 rows (5.0%) are missing", id="without rows",
        ),
        pytest.param(
            lambda labels: facts(labels, exif_fault=["", "they are empty"]),
            "exif-unreadable", "look", "2.png has EXIF data that cannot be read, and that are ignored: they are empty.",
            id="broken EXIF data",
        ),
        pytest.param(
            lambda labels: facts(labels, orientation=[1, 3]),
            "exif-turn", "fixed", "2.png is turned by 180°", id="turned",
        ),
        pytest.param(
            lambda labels: facts(labels, pixels_hash=["same", "same"]),
            "duplicate-image", "look", "2.png shows the same image as 1.png.", id="copy",
        ),
    ],
)  # fmt: skip
def test_an_image_is_found(known: Facts, check: str, severity: str, says: str) -> None:
    labels = label_set([SOUND, SOUND], [1, 2])
    (finding,) = found(labels, known(labels))
    assert (finding.check, finding.severity, finding.image) == (check, Severity(severity), "2.png")
    assert finding.message.startswith(says)


@pytest.mark.parametrize(
    ("orientation", "boxes", "named"),
    [
        pytest.param(1, [SOUND, (10, 60, 40, 78), (50, 10, 80, 76)], ["(10, 60, 40, 78)"], id="upright"),
        pytest.param(3, [SOUND, (10, 2, 40, 30), (50, 4, 80, 70)], ["(10, 2, 40, 30)"], id="turned by 180 degrees"),
        pytest.param(1, [(10, 60, 30 + n, 80) for n in range(7)], ["(10, 60, 30, 80)", "2 more"], id="many"),
    ],
)
def test_objects_in_missing_rows_are_named(orientation: int, boxes: list[Box], named: list[str]) -> None:
    labels = label_set(boxes)
    known = facts(labels, is_cut_off=[True], missing_rows=[4], orientation=[orientation])
    (finding,) = [finding for finding in found(labels, known) if finding.check == "cut-off-image"]
    assert all(text in finding.message for text in named)
    assert finding.message.count("class0") == min(len(boxes) - 2 * (len(boxes) == 3), 5)


def test_a_range_that_was_given_is_said() -> None:
    labels = label_set([SOUND])
    known = facts(labels, conversion=["is deep"], is_deep=[True], low=[7.0], high=[4095.0])
    (finding,) = [f for f in run_checks(Subject(labels, known, repair(labels, known), bit_range=(0, 255))) if f.image]
    assert finding.message == "1.png is deep (0 to 255)."


def test_a_copy_in_another_split_is_a_check_of_its_own() -> None:
    labels = label_set([SOUND, SOUND], [1, 2], split=["train", "val"])
    (finding,) = found(labels, facts(labels, pixels_hash=["same", "same"]))
    assert finding.check == "duplicate-across-splits"
    assert "(train; this one: val)" in finding.message


@pytest.mark.parametrize(
    ("claimed", "is_found"), [((100, 80), False), ((0, 0), False), ((100, 81), True), ((80, 100), True)]
)
def test_a_size_that_differs_is_found(claimed: tuple[int, int], is_found: bool) -> None:
    labels = label_set([SOUND], width=[claimed[0]], height=[claimed[1]])
    assert [f.check for f in found(labels, facts(labels))] == ["size-differs"] * is_found


def test_a_turned_image_may_claim_its_stored_size() -> None:
    labels = label_set([SOUND], width=[100], height=[80])
    known = facts(labels, (80, 100), orientation=[6], raw_width=[100], raw_height=[80])
    assert [f.check for f in found(labels, known, as_stored=True)] == ["exif-turn"]


@pytest.mark.parametrize(("scaled", "says"), [({1: (50, 40)}, "boxes were scaled"), ({}, "boxes stay as written")])
def test_a_size_that_differs_says_whether_the_boxes_were_scaled(scaled: dict[int, tuple[int, int]], says: str) -> None:
    labels = label_set([SOUND], width=[50], height=[40])
    known = facts(labels)
    findings = run_checks(Subject(labels, known, repair(labels, known, {}, scaled)))
    assert [says in finding.message for finding in findings if finding.check == "size-differs"] == [True]


def test_a_crowded_image_is_found() -> None:
    labels = label_set([(x, y, x + 6, y + 6) for x in range(0, 90, 8) for y in range(0, 70, 7)])
    assert "crowded-image" in {f.check for f in found(labels, facts(labels))}


def test_classes_are_counted() -> None:
    boxes = [(float(x), float(y), x + 5.0, y + 5.0) for x in range(0, 95, 5) for y in range(0, 75, 5)][:260]
    labels = label_set([*boxes, SOUND], [*[k % 10 + 1 for k in range(260)], 1], [*[0] * 260, 2])
    findings = run_checks(Subject(labels, facts(labels), repair(labels, facts(labels))))
    assert [(f.check, f.message) for f in findings if "lass" in f.message[:6]] == [
        ("empty-class", "Class class1 has no object."),
        ("few-examples", "Class class2 has only 1 object."),
        ("class-imbalance", "Class class2 has 1 object, the largest class 260."),
    ]


def test_every_check_has_a_title_and_a_remedy_that_is_a_sentence() -> None:
    for check, text in CHECK_TEXTS.items():
        assert text.title, check
        assert text.remedy.endswith("."), check
