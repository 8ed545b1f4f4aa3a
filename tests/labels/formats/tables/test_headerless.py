import pytest

from core.labels.formats.tables.headerless import plan_without_header
from core.labels.formats.written import Layout


def plan(*rows: str):  # type: ignore[no-untyped-def]
    return plan_without_header([(0, 0, row.split(",")) for row in rows], ",")


@pytest.mark.parametrize(
    ("rows", "box", "class_name", "is_stated"),
    [
        (["a.jpg,1,2,3,4,cat"], (1, 2, 3, 4), 5, True),
        (["a.jpg,1,2,3,4,0", "b.jpg,5,6,7,8,1"], (1, 2, 3, 4), 5, True),
        (["a.jpg,0,1.5,2,3,4.5", "b.jpg,0,5,6.5,7,8"], (2, 3, 4, 5), 1, False),
        (["a.jpg,0,10,20,30,40", "b.jpg,0,5,6,7,8"], (2, 3, 4, 5), 1, False),
        (["cat,1,2,3,4,a.jpg,640,480"], (1, 2, 3, 4), 0, True),
        (["a.jpg,640,480,cat,1,2,3,4"], (4, 5, 6, 7), 3, True),
        (["a.jpg,cat,1,2,3,4"], (2, 3, 4, 5), 1, False),
        (["train,a.jpg,cat,1,2,3,4"], (3, 4, 5, 6), 2, False),
    ],
)
def test_columns_are_known_by_what_they_hold(
    rows: list[str], box: tuple[int, ...], class_name: int, is_stated: bool
) -> None:
    found = plan(*rows)
    assert (found.box, found.class_name, found.is_stated) == (box, class_name, is_stated)


def test_make_sense_writes_corner_and_size() -> None:
    found = plan("cat,1,2,3,4,a.jpg,640,480")
    assert (found.layouts, found.width, found.height) == ((Layout.CORNER_SIZE,), 6, 7)


@pytest.mark.parametrize(
    "row", ["a.jpg,1,2,3,4", "a.jpg,b.jpg,1,2,3,4", "a,1,2,3,4,cat", "a.jpg,1,2,cat,3,4", "a.jpg,1.5,2.5,3.5,4.5,5.5"]
)
def test_other_rows_are_no_table_of_boxes(row: str) -> None:
    assert plan(row) is None
