import pytest

from core.coco.faults import Faults, Kind
from core.errors import AppError


def test_a_lenient_reading_keeps_some_thousands_of_a_kind_and_counts_the_rest() -> None:
    faults = Faults("a.json", is_strict=False)
    for number in range(10_005):
        faults.note(Kind.MALFORMED, "images", number, "{} is no object", number)
    faults.note(Kind.BAD_AREA, "annotation", 3, "area {} is no number from 0", "x", is_mended=True)
    faults.refuse("")
    assert len(faults.kept) == 10_001
    assert faults.more() == [(Kind.MALFORMED, False, 5)]
    assert faults.words_of(faults.kept[-1]) == 'a.json, annotation 3: area "x" is no number from 0.'


def test_a_strict_reading_refuses_with_a_remedy_for_each_kind() -> None:
    faults = Faults("a.json", is_strict=True)
    faults.note(Kind.BAD_MASK, "annotation", 9, "it is broken", is_mended=True)
    faults.refuse("Correct it.")
    faults.note(Kind.AMBIGUOUS_ID, "images", 2, "id {} means two things", 1)
    faults.note(Kind.MALFORMED, "annotation", 4, "{} is no object", [7])
    with pytest.raises(AppError) as refused:
        faults.refuse("Correct it.")
    assert refused.value.message == (
        "a.json: 2 records cannot be used: images 2: id 1 means two things; annotation 4: [7] is no object."
    )
    assert refused.value.remedy == "Make ids unique. Correct it."
    assert len(faults.notes()) == 1
