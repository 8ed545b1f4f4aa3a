"""Result documents as text: scalars, tables, and the confusion matrix with its names."""

from core.cli.text import as_text


def test_scalars_come_first_and_tables_below_them() -> None:
    text = as_text({"ap": 0.123456, "per_class": [{"name": "cell", "ap": None}], "notes": []})
    lines = text.splitlines()
    assert lines[0].split() == ["ap", "0.1235"]
    assert lines.index("per_class") > 1
    assert lines[-1].split() == ["cell", "-"]


def test_a_confusion_matrix_names_its_rows_and_columns() -> None:
    text = as_text({"ap": 0.5, "confusion": {"labels": ["cell", "background"], "matrix": [[7, 2], [3, 0]]}})
    lines = [line.split() for line in text.splitlines()]
    assert ["cell", "7", "2"] in lines
    assert ["background", "3", "0"] in lines
    assert any(line[-2:] == ["cell", "background"] for line in lines)


def test_a_list_shows_the_chosen_columns_only() -> None:
    text = as_text([{"id": "a", "hash": "long"}], columns=("id",))
    assert "hash" not in text
    assert as_text([], columns=("id",)) == "None yet."
