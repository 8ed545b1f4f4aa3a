"""The demo data set: the same for the same seed, sound labels, and every planted fault at its place."""

from pathlib import Path

import pytest

from core.errors import AppError
from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.reading.reading import Reading
from core.labels.sources.source_tree import SourceTree
from core.services.datasets import make_demo


def read_back(folder: Path) -> Reading:
    return read_source(SourceTree.walk(folder), ReadOptions())


def test_the_labels_are_the_reference_form_and_lie_in_the_images(tmp_path: Path) -> None:
    told = []
    made = make_demo(tmp_path / "demo", images=12, size=128, progress=lambda share, doing: told.append(share))
    reading = read_back(tmp_path / "demo")
    annotations = reading.label_set.annotations
    assert (reading.format, reading.findings) == ("text", [])
    assert made["images"] == len(reading.label_set.images) == 12
    assert made["annotations"] == reading.written == len(annotations) > 12
    assert made["classes"] == reading.label_set.class_names
    assert annotations["category_id"].nunique() == 3
    assert annotations[["x1", "y1"]].min().min() >= 0 and annotations[["x2", "y2"]].max().max() <= 128
    assert ((annotations["x2"] - annotations["x1"]) >= 7).all()
    assert (reading.label_set.images["use"] == "background").sum() >= 1
    assert told[-1] == 1.0


def test_a_seed_gives_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        make_demo(tmp_path / name, images=2, seed=seed, size=96)
    files = {
        name: [path.read_bytes() for path in sorted((tmp_path / name).rglob("*.*"))]
        for name in ("one", "again", "other")
    }
    assert files["one"] == files["again"] != files["other"]


def test_every_planted_line_fault_is_where_the_list_says(tmp_path: Path) -> None:
    made = make_demo(tmp_path / "demo", images=16, size=96, faults=True)
    reading = read_back(tmp_path / "demo")
    planted = {(fault["check"], fault["file"]) for fault in made["faults"]}
    told = {(finding.check, finding.file) for finding in reading.findings}
    assert told <= planted
    assert {check for check, _ in told} == {"malformed-line", "unknown-class", "non-finite", "orphan-label"}
    lines = {(finding.check, finding.line) for finding in reading.findings if finding.line}
    assert lines <= {(fault["check"], fault["line"]) for fault in made["faults"]}
    assert [("image-without-label", image) for image in reading.unmatched_images] == [
        (fault["check"], fault["file"]) for fault in made["faults"] if fault["check"] == "image-without-label"
    ]
    assert made["annotations"] == reading.written


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"images": 0}, "0 images"),
        ({"size": 5}, "5 px"),
        ({"seed": -1}, "seed"),
        ({"images": 3, "faults": True}, "too few"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(
    tmp_path: Path, asked: dict[str, int], words: str
) -> None:
    with pytest.raises(AppError, match=words) as caught:
        make_demo(tmp_path / "demo", **asked)  # type: ignore[arg-type]
    assert caught.value.remedy
    assert not (tmp_path / "demo").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(AppError, match="not an empty folder"):
        make_demo(tmp_path, images=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
