"""Expected numbers are by hand."""

import math
from typing import Any

from core.figures.class_table import COLUMNS, COUNT_COLUMNS, MASK_COLUMNS, RATE_COLUMNS, all_classes, class_table


def class_row(name: str = "crane", **changes: Any) -> dict[str, Any]:
    row = {"name": name, "ap": 0.5, "ap50": 0.75, "ap75": 0.5, "precision": 0.8, "recall": 0.5, "f1": 0.6}
    return {**row, "tp": 4, "fp": 1, "fn": 4, "truths": 8, **changes}


def test_rates_are_shown_in_per_cent_and_counts_as_they_are() -> None:
    row = class_table({"per_class": [class_row()]}).iloc[0]

    assert row[list(RATE_COLUMNS)].tolist() == [50, 75, 50, 80, 50, 60]
    assert row[list(COUNT_COLUMNS)].tolist() == [4, 1, 4, 8]
    assert row["Remark"] == ""


def test_an_empty_cell_says_why() -> None:
    table = class_table(
        {
            "per_class": [
                class_row("ghost", ap=None, ap50=None, ap75=None, recall=None, truths=0),
                class_row("shy", precision=None),
            ]
        }
    )

    assert math.isnan(table.loc[0, "AP"])
    assert table["Remark"].tolist() == ["no object of this class here", "nothing found at this score"]


def test_without_classes_the_table_has_its_columns() -> None:
    assert class_table({"per_class": []}).columns.tolist() == ["Class", *COLUMNS, "Remark"]


def test_the_columns_are_all_rates_and_counts() -> None:
    assert set(COLUMNS) == {*RATE_COLUMNS, *COUNT_COLUMNS}


def test_all_classes_add_up_their_counts_and_not_their_rates() -> None:
    together = all_classes({"per_class": [class_row(tp=4, fp=1, fn=4), class_row("roof", tp=1, fp=4, fn=1)]})

    assert (together.tp, together.fp, together.fn) == (5, 5, 5)
    assert together.precision == 0.5
    assert together.recall == 0.5


def test_ap_of_masks_stands_beside_that_of_boxes_where_there_is_one() -> None:
    masks = [{"name": "crane", "ap": 0.25, "ap50": None, "ap75": 0.1}]
    table = class_table({"per_class": [class_row()], "segm": {"per_class": masks}})

    assert table.columns.tolist()[:5] == ["Class", "AP", "AP50", *MASK_COLUMNS]
    assert table["Mask AP"].tolist() == [25]
    assert table["Mask AP50"].isna().all()
    nothing: dict[str, Any] = {"per_class": []}
    for without in (None, nothing):
        assert "Mask AP" not in class_table({"per_class": [class_row()], "segm": without}).columns
