"""Keys of groups are unique in a source: a choice for one group is none for another."""

from pathlib import Path

import pytest

from core.labels.formats.group_keys import make_keys_unique
from core.labels.formats.rows import reader as rows_reader
from core.labels.formats.written import CORNERS_PX, Group, Written
from core.labels.reading.settling import KEYS_OF_PARTS
from tests.factories.app.label_folders import (
    CENTRES_PX,
    PLAIN,
    UNCLEAR,
    group_of,
    image_bytes,
    label_folder,
    read_folder,
)
from tests.factories.app.uploads import folder_of

VOC = (
    "<annotation><filename>{name}.png</filename><size><width>320</width><height>240</height></size><object>"
    "<name>cat</name><bndbox><xmin>25</xmin><ymin>5</ymin><xmax>135</xmax><ymax>115</ymax></bndbox></object></annotation>"
)


def two_formats(folder: Path, rows: str = PLAIN, columns: int = 5) -> Path:
    """Text rows in `labels`, and Pascal VOC in a folder that is called as their group is."""
    label_folder(folder, [rows, rows])
    return folder_of(
        folder,
        {"images/q.png": image_bytes(9), f"labels#{columns}/q.xml": VOC.format(name="q")},
    )


def chosen(source: Path, key: str, reading: str) -> dict[str, tuple[str, bool]]:
    """The reading of each group, and whether it was chosen."""
    groups = read_folder(source, readings=((key, reading),)).groups
    return {group.key: (group.name, group.is_chosen) for group in groups}


def test_groups_of_two_formats_with_one_name_have_their_format_in_their_keys(tmp_path: Path) -> None:
    source = two_formats(tmp_path)
    assert {group.key: group.format for group in read_folder(source).groups} == {
        "text:labels#5": "rows",
        "voc:labels#5": "voc",
    }
    assert chosen(source, "voc:labels#5", "corner-size-px") == {
        "text:labels#5": ("normalised", False),
        "voc:labels#5": ("corner-size-px", True),
    }


def test_a_key_that_became_two_is_no_choice_for_either(tmp_path: Path) -> None:
    reading = read_folder(two_formats(tmp_path), readings=(("labels#5", "corner-size-px"),))
    assert not any(group.is_chosen for group in reading.groups)
    (finding,) = [finding for finding in reading.findings if finding.check == "unused-choice"]
    assert finding.message.endswith("the groups are text:labels#5, voc:labels#5.")


def test_the_kind_of_rows_is_chosen_by_the_key_with_the_format(tmp_path: Path) -> None:
    source = two_formats(tmp_path, UNCLEAR, columns=7)
    assert group_of(read_folder(source), "text:labels#7").is_blocked
    assert set(chosen(source, "text:labels#7", "box")) == {"text:labels#7:box", "voc:labels#7"}


def test_keys_that_do_not_collide_stay(tmp_path: Path) -> None:
    label_folder(tmp_path, [PLAIN])
    source = folder_of(tmp_path, {"images/q.png": image_bytes(9), "labels/q.xml": VOC.format(name="q")})
    assert {group.key for group in read_folder(source).groups} == {"labels#5", "labels"}


def test_rows_whose_class_comes_last_have_another_key_where_it_comes_first_elsewhere(tmp_path: Path) -> None:
    last = "0.4 0.5 0.2 0.3 cat\n"
    source = label_folder(tmp_path / "both", [PLAIN, last])
    assert chosen(source, "labels#5 (class last)", "corner-size-share") == {
        "labels#5": ("normalised", False),
        "labels#5 (class last)": ("corner-size-share", True),
    }
    assert [group.key for group in read_folder(label_folder(tmp_path / "last", [last])).groups] == ["labels#5"]


def test_tables_of_one_folder_with_other_columns_have_keys_with_numbers(tmp_path: Path) -> None:
    source = folder_of(
        tmp_path,
        {
            "l/a.png": image_bytes(1),
            "l/a.csv": "class,x1,y1,x2,y2\ncat,10,20,60,80\n",
            "l/b.png": image_bytes(2),
            "l/b.csv": "class,xmin,ymin,xmax,ymax\ncat,30,20,70,60\n",
        },
    )
    assert [group.key for group in read_folder(source).groups] == ["l/*.csv", "l/*.csv (2)"]
    assert [is_chosen for _, is_chosen in chosen(source, "l/*.csv (2)", "absolute").values()] == [False, True]


def written(format_id: str, *keys: str) -> Written:
    return Written(format=format_id, groups=[Group(key=key, frame=CORNERS_PX) for key in keys])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([("voc", "a"), ("coco", "b")], [["a"], ["b"]], id="no collision"),
        pytest.param([("voc", "a", "b"), ("coco", "a")], [["voc:a", "b"], ["coco:a"]], id="two formats"),
        pytest.param([("csv", "a", "a", "a")], [["a", "a (2)", "a (3)"]], id="one format"),
        pytest.param([("csv", "a", "a (2)", "a")], [["a", "a (2)", "a (3)"]], id="a number that is taken"),
        pytest.param([("rows", "a#5"), ("voc", "a#5:px")], [["text:a#5"], ["voc:a#5:px"]], id="the key of a part"),
        pytest.param([("csv", "a"), ("csv", "a", "b")], [["a"], ["a", "b"]], id="files read one by one"),
        pytest.param(
            [("voc", "text:a", "a"), ("rows", "a")], [["text:a", "voc:a"], ["text:a (2)"]], id="a folder named so"
        ),
    ],
)  # fmt: skip
def test_keys_are_unique(parts: list[tuple[str, ...]], expected: list[list[str]]) -> None:
    made = [written(*part) for part in parts]
    make_keys_unique(made, KEYS_OF_PARTS)
    assert [[group.key for group in part.groups] for part in made] == expected


def test_files_of_a_reader_that_failed_are_chosen_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = rows_reader.read

    def read_alone(tree: object, files: list[str], *more: object) -> Written:
        if len(files) > 1:
            raise ValueError
        return read(tree, files, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(rows_reader, "read", read_alone)
    source = label_folder(tmp_path, [CENTRES_PX] * 3)
    groups = read_folder(source, readings=(("labels#5", "absolute"),)).groups
    assert [(group.key, group.is_chosen) for group in groups] == [("labels#5", True)] * 3
