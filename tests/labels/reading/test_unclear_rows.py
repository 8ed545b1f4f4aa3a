"""Rows that may be boxes with more columns or polygons block until the user says which they are."""

from pathlib import Path

import pytest

from core.labels.findings import Severity
from core.labels.formats.written import CENTRE_SHARE, CORNERS_SHARE
from tests.factories.app.label_folders import PLAIN, UNCLEAR, group_of, label_folder, read_folder


def test_unclear_rows_are_shown_under_both_kinds_and_block(tmp_path: Path) -> None:
    reading = read_folder(label_folder(tmp_path, [UNCLEAR, PLAIN]))
    group = group_of(reading, "labels#7")
    assert group.is_blocked
    assert {group.name, *(rival.name for rival in group.rivals)} == {"box", "polygon"}
    (example,) = group.examples
    assert example.classes == ((0, "cat"), (0, "cat"))
    # 320 x 240 px: centre (0.4, 0.5), size 0.2 x 0.3; the triangle (0.4, 0.5) (0.2, 0.3) (0.9, 0.1).
    assert example.boxes_xyxy["box"][0].round(6).tolist() == [96, 84, 160, 156]
    assert example.boxes_xyxy["polygon"][0].round(6).tolist() == [64, 24, 288, 120]
    assert len(reading.label_set.annotations) == 2
    assert [f.check for f in reading.findings if f.severity is Severity.BLOCKS] == ["doubtful-reading"]


@pytest.mark.parametrize(
    ("kind", "frame", "box"),
    [
        pytest.param("box", CENTRE_SHARE, [96, 84, 160, 156], id="box"),
        pytest.param("polygon", CORNERS_SHARE, [64, 24, 288, 120], id="polygon"),
    ],
)
def test_the_kind_that_the_user_chooses_is_read(tmp_path: Path, kind: str, frame: object, box: list[float]) -> None:
    reading = read_folder(label_folder(tmp_path, [UNCLEAR]), readings=(("labels#7", kind),))
    group = group_of(reading, f"labels#7:{kind}")
    assert (group.frame, group.is_blocked, group.objects) == (frame, False, 2)
    first = reading.label_set.annotations.iloc[0]
    assert first[["x1", "y1", "x2", "y2"]].astype(float).round(6).tolist() == box
    assert bool(first["segmentation"]) is (kind == "polygon")


def test_the_boxes_of_a_chosen_kind_can_be_overruled_too(tmp_path: Path) -> None:
    choices = (("labels#7", "box"), ("labels#7:box", "corner-size-share"))
    reading = read_folder(label_folder(tmp_path, [UNCLEAR]), readings=choices)
    assert group_of(reading, "labels#7:box").is_chosen
    first = reading.label_set.annotations.iloc[0]
    assert first[["x1", "y1", "x2", "y2"]].astype(float).round(6).tolist() == [128, 120, 192, 192]
