from pathlib import Path

import pytest

from core.coco.document import DocumentError, read_coco, read_json

LIMIT = 10**6


@pytest.mark.parametrize(("digits", "expected"), [(30, int("9" * 30)), (10_000, float("inf"))])
def test_a_number_of_thousands_of_digits_spoils_its_own_field_only(
    tmp_path: Path, digits: int, expected: float
) -> None:
    (tmp_path / "a.json").write_text(f'{{"id": 1, "other": {"9" * digits}}}')
    assert read_json(tmp_path / "a.json", "a.json", LIMIT, "") == {"id": 1, "other": expected}


def test_broken_json_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": [],\n "annotations": ]}')
    with pytest.raises(DocumentError, match=r"^b\.json is no JSON: line 2 is broken") as refused:
        read_coco(tmp_path / "a.json", "b.json", LIMIT, "Export it again.")
    assert (refused.value.line, refused.value.remedy) == (2, "Export it again.")


@pytest.mark.parametrize("value", ["{}", "null", "7", '"x"'])
def test_a_list_that_is_none_is_named(tmp_path: Path, value: str) -> None:
    (tmp_path / "a.json").write_text(f'{{"images": [], "annotations": {value}, "categories": []}}')
    with pytest.raises(DocumentError, match=r"^a\.json: has no `annotations`, expected a list"):
        read_coco(tmp_path / "a.json", "a.json", LIMIT, "")
