"""Schemas survive Parquet, and conform gives exactly the columns."""

from pathlib import Path

import pytest

from core.tables import (
    ANNOTATIONS,
    CATEGORIES,
    DETECTIONS,
    IMAGES,
    Schema,
    boxes_xyxy,
    conform,
    empty,
    from_columns,
    read_table,
    write_table,
)


@pytest.mark.parametrize(
    "schema", [IMAGES, CATEGORIES, ANNOTATIONS, DETECTIONS], ids=["images", "cats", "anns", "dets"]
)
def test_an_empty_table_survives_the_disk(schema: Schema, tmp_path: Path) -> None:
    write_table(tmp_path / "t.parquet", empty(schema))
    again = conform(read_table(tmp_path / "t.parquet"), schema)
    assert list(again.columns) == list(schema)
    assert [str(kind) for kind in again.dtypes] == [str(kind) for kind in empty(schema).dtypes]


def test_conform_orders_drops_and_casts() -> None:
    columns = {"name": ["a"], "source_id": ["7"], "category_id": ["0"], "extra": [1]}
    frame = conform(from_columns(CATEGORIES, columns).assign(extra=1), CATEGORIES)
    assert frame.to_dict("records") == [{"category_id": 0, "name": "a", "source_id": "7"}]


def test_a_missing_column_is_an_error() -> None:
    with pytest.raises(KeyError, match="source_id"):
        from_columns(CATEGORIES, {"category_id": [0], "name": ["a"]})


def test_boxes_of_an_empty_table_have_a_shape() -> None:
    assert boxes_xyxy(empty(DETECTIONS)).shape == (0, 4)
