import pytest

from core.labels.formats.tables.values import box_fields, is_blank, is_image_name, is_number, is_true


@pytest.mark.parametrize(
    ("text", "is_name"),
    [("a.jpg", True), (" x/y.z.PNG ", True), ("a.jpg.txt", False), (".jpg", False), ("", False), ("a.jpgx", False)],
)
def test_names_of_images_end_like_images(text: str, is_name: bool) -> None:
    assert is_image_name(text) is is_name


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("[834.0, 222.0, 56.0, 36.0]", ("834.0", "222.0", "56.0", "36.0")),
        ("1 2 3 4", ("1", "2", "3", "4")),
        ("(1;2;3;4)", ("1", "2", "3", "4")),
        ("1 2 3", None),
        ("[1,2,3,4,5]", None),
        ("[" * 300 + "1,2,3,4" + "]" * 300, None),
        ("1 " * 150, None),
    ],
)
def test_a_box_in_a_field_has_four_parts(text: str, fields: tuple[str, ...] | None) -> None:
    assert box_fields(text) == fields


def test_blank_true_and_numbers() -> None:
    assert [is_blank(text) for text in ("", " ", "NaN", "none", "0", "cat")] == [True] * 4 + [False] * 2
    assert [is_true(text) for text in ("1", "True", "1.0", "0", "-1", "")] == [True] * 3 + [False] * 3
    assert [is_number(text) for text in ("1", "-1.5e3", "1,5", "inf", "nan", "")] == [True] * 3 + [False] * 3
