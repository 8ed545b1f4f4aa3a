import math

import pytest

from core.csv_files import parse_number, parse_numbers, plain_name, split_line
from core.errors import AppError
from core.evaluation.readers.csv_header import Header, find_header


def header(line: str) -> Header:
    return find_header("found.csv", line, 20)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_the_delimiter_is_the_one_that_shows_the_most_columns(delimiter: str) -> None:
    found = header(delimiter.join(["image", "class", "score", "x1", "y1", "x2", "y2", "note, or; none"]))
    assert (found.delimiter, found.box, found.is_sized) == (delimiter, (3, 4, 5, 6), False)


def test_corners_go_before_corner_and_size_and_w_before_width() -> None:
    both = header("image,class,score,x,y,width,height,x1,y1,x2,y2")
    assert (both.box, both.is_sized) == ((7, 8, 9, 10), False)
    image_size = header("image,width,height,class,score,x,y,w,h")
    assert (image_size.box, image_size.is_sized) == ((5, 6, 7, 8), True)


def test_the_name_of_a_column_says_whether_it_holds_ids() -> None:
    by_name, by_id = header("image,label,score,x1,y1,x2,y2"), header("image_id,category_id,score,x1,y1,x2,y2")
    assert (by_name.by_image_id, by_name.by_class_id) == (False, False)
    assert (by_id.by_image_id, by_id.by_class_id) == (True, True)


def test_a_name_goes_before_an_id_where_both_are_there() -> None:
    found = header("image_id,file_name,category_id,category,score,x1,y1,x2,y2")
    assert (found.image, found.class_name, found.by_image_id, found.by_class_id) == (1, 3, False, False)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("image,class,score", "no column for the box"),
        ("class,score,x,y,w,h", "no column for image"),
        ("image,x1,y1,x2,y2", "no column for class, score"),
        ("image,class,score,x,w,h", "no column for y"),
        ("image,class,class,score,x1,y1,x2,y2", "two columns are called 'class'"),
        ("a," * 20 + "a", "21 columns; 20 are allowed"),
    ],
)
def test_a_header_without_what_is_needed_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(AppError, match=complaint) as refused:
        header(line)
    assert refused.value.remedy


def test_names_of_columns_are_compared_without_case_and_marks() -> None:
    assert [plain_name(name) for name in ("Image_ID", " image id", "#imageId")] == ["imageid"] * 3


@pytest.mark.parametrize("line", ["a," + "x" * 200_000, ""], ids=["a huge field", "nothing"])
def test_a_line_that_cannot_be_split_has_no_fields(line: str) -> None:
    assert split_line(line, ",") == []


@pytest.mark.parametrize("text", ["1_000", "٥", "x", ""])
def test_what_only_python_reads_as_a_number_is_none(text: str) -> None:
    assert math.isnan(parse_number(text))
    assert [math.isnan(number) for number in parse_numbers(["1.5", text])] == [False, True]
