import pytest

from core.labels.formats.tables.column_names import Place, image_side, place_of
from core.labels.formats.written import Unit


@pytest.mark.parametrize(
    ("name", "role", "unit", "is_box"),
    [
        ("XMin", "x1", None, False),
        ("x_min", "x1", None, False),
        ("bbox_x", "x", None, True),
        ("bbox_width", "w", None, True),
        ("Roi.X2", "x2", None, True),
        ("BoundingBox.Left", "x1", None, True),
        ("Lower right corner Y", "y2", None, False),
        ("x_center", "xc", None, False),
        ("center_y_norm", "yc", Unit.SHARE, True),
        ("width (px)", "w", Unit.PX, True),
        ("w", "w", None, True),
        ("width", "w", None, False),
        ("bb_coord_x", "x", None, True),
    ],
)
def test_a_column_of_a_box_is_known_by_its_name(name: str, role: str, unit: Unit | None, is_box: bool) -> None:
    assert place_of(name) == Place(role=role, unit=unit, is_box=is_box)


@pytest.mark.parametrize("name", ["label", "object", "box", "id", "", "image", "x" * 1000, "score", "norm"])
def test_other_columns_are_none_of_a_box(name: str) -> None:
    assert place_of(name) is None


@pytest.mark.parametrize(("name", "side"), [("image_width", "w"), ("Img Height", "h"), ("width", ""), ("bbox_w", "")])
def test_the_image_s_size_is_known_by_its_name(name: str, side: str) -> None:
    assert image_side(name) == side
