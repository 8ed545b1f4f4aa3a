import pytest

from core.labels.formats.tables.records import BROKEN_RECORDS, BrokenFileError, head_records, pieces, records


def test_records_have_the_line_that_they_begin_on() -> None:
    text = 'a,b\n\n"c\nd",e\nf,g\n'
    assert list(records(text, ",", fields=2)) == [(1, ["a", "b"]), (3, ["c\nd", "e"]), (5, ["f", "g"])]


@pytest.mark.parametrize("line", ['x,"y', '"x', "z," + "x" * 200_000, 'x,"y"z'], ids=["last", "first", "huge", "after"])
def test_a_broken_record_costs_its_own_line_only(line: str) -> None:
    assert list(records(f"a,b\n{line}\nc,d\ne,f\n", ",", fields=2)) == [
        (1, ["a", "b"]),
        (2, None),
        (3, ["c", "d"]),
        (4, ["e", "f"]),
    ]


def test_a_file_of_broken_records_is_given_up() -> None:
    with pytest.raises(BrokenFileError, match=f"line {BROKEN_RECORDS + 1}"):
        list(records('"a\n' * (2 * BROKEN_RECORDS), ",", fields=2))


@pytest.mark.parametrize("quote_at", [None, 0, 70_000, 99_999])
def test_pieces_hold_the_same_records(quote_at: int | None) -> None:
    lines = [f"{number},b\n" for number in range(100_000)]
    if quote_at is not None:
        lines[quote_at] = '"x\ny",b\n'
    text = "".join(lines)
    found = [pair for numbers, fields in pieces(text, ",", fields=2) for pair in zip(numbers, fields, strict=True)]
    assert found == list(records(text, ",", fields=2))


def test_the_head_says_where_the_next_record_begins() -> None:
    text = 'a,b\n"c\nd",e\nf,g\n'
    assert head_records(text, ",", 2) == [(4, 2, ["a", "b"]), (len(text) - 4, 4, ["c\nd", "e"])]
