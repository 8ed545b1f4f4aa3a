"""Where lists of class names contradict each other, the user says which counts; the rest is known with its folders."""

from pathlib import Path

import pytest

from core.errors import AppError
from core.labels.reading.reading import Reading
from tests.factories.app.label_folders import PLAIN, image_bytes, label_folder, read_folder
from tests.factories.app.uploads import folder_of

CONFLICT = {"classes.txt": "cat\ndog\n", "data.yaml": "names: [dog, cat]\n"}


def class_names(reading: Reading) -> list[str]:
    """The class of each object."""
    labels = reading.label_set
    return [labels.class_names[index] for index in labels.annotations["category_id"]]


def test_lists_in_conflict_are_told_with_the_label_files_that_they_rule(tmp_path: Path) -> None:
    reading = read_folder(label_folder(tmp_path, [PLAIN, PLAIN], CONFLICT))
    (scope,) = reading.class_scopes
    assert scope.is_conflict
    assert {listed.file: listed.names for listed in scope.lists} == {
        "classes.txt": ("cat", "dog"), "data.yaml": ("dog", "cat"),
    }  # fmt: skip
    assert (scope.file, scope.label_files, scope.folders) == ("", 2, ("labels",))
    assert class_names(reading) == []


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        pytest.param("classes.txt", ["cat", "dog"], id="one list"),
        pytest.param("data.yaml", ["dog", "cat"], id="the other"),
    ],
)
def test_the_chosen_list_counts(tmp_path: Path, chosen: str, names: list[str]) -> None:
    reading = read_folder(label_folder(tmp_path, [PLAIN], CONFLICT), class_lists=(chosen,))
    assert class_names(reading) == names
    (scope,) = reading.class_scopes
    assert (scope.file, scope.is_conflict, len(scope.lists)) == (chosen, False, 2)


def nested(folder: Path) -> Path:
    """Two folders, each with a list that contradicts the one above them."""
    files: dict[str, bytes | str] = {"classes.txt": "cat\ndog\n"}
    for number, name in enumerate(("a", "b")):
        files |= {f"{name}/p{name}.png": image_bytes(number), f"{name}/p{name}.txt": PLAIN}
        files[f"{name}/classes.txt"] = f"{name}-cat\n{name}-dog\n"
    return folder_of(folder, files)


def test_each_folder_may_have_a_list_of_its_own(tmp_path: Path) -> None:
    reading = read_folder(nested(tmp_path), class_lists=("classes.txt", "b/classes.txt"))
    assert class_names(reading) == ["cat", "dog", "b-cat", "b-dog"]


def test_a_file_that_lists_no_names_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        read_folder(label_folder(tmp_path, [PLAIN]), class_lists=("labels/p0.txt",))
    assert "no list of class names" in caught.value.message
    assert caught.value.remedy == "Choose one of: classes.txt."


@pytest.mark.parametrize(
    ("numbers", "is_shifted", "highest"),
    [
        pytest.param((1, 2, 3), True, 3, id="from 1 to the number of names"),
        pytest.param((0, 1, 2), False, 2, id="from 0"),
    ],
)
def test_numbers_that_seem_to_start_at_1_are_told(
    tmp_path: Path, numbers: tuple[int, ...], is_shifted: bool, highest: int
) -> None:
    text = "".join(f"{number} 0.5 0.5 0.2 0.2\n" for number in numbers)
    (scope,) = read_folder(label_folder(tmp_path, [text], {"classes.txt": "cat\ndog\nowl\n"})).class_scopes
    assert (scope.is_shifted, scope.highest) == (is_shifted, highest)


def test_whoever_gives_the_names_says_that_numbers_start_at_0(tmp_path: Path) -> None:
    folder = label_folder(tmp_path, ["1 0.5 0.5 0.2 0.2\n2 0.2 0.2 0.2 0.2\n"], {"classes.txt": "cat\ndog\nowl\n"})
    assert class_names(read_folder(folder)) == []
    assert class_names(read_folder(folder, names=("cat", "dog", "owl"))) == ["dog", "owl"]


def test_a_group_that_is_part_px_and_part_shares_keeps_its_parts_when_both_are_chosen(tmp_path: Path) -> None:
    folder = label_folder(tmp_path, [PLAIN, "0 10 10 90 90\n"])
    keys = ("labels#5", "labels#5:px")
    assert {group.key for group in read_folder(folder).groups} == set(keys)
    both = read_folder(folder, readings=(("labels#5", "normalised-corners"), ("labels#5:px", "corner-size-px")))
    assert {group.key: group.name for group in both.groups} == {
        "labels#5": "normalised-corners", "labels#5:px": "corner-size-px",
    }  # fmt: skip
