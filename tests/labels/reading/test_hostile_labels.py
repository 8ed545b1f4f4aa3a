"""Labels made to exhaust the reader: what is kept is bounded, and memory grows with what is read."""

import itertools
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.sources.source_tree import SourceTree
from core.services.datasets import ImportOptions, import_dataset
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.labels.taken import Files, coco, image, take, written, yolo

pytestmark = pytest.mark.sweep

SIZE = (80, 60)
LINE = yolo("0", 10, 10, 50, 40)
IMAGE: Files = {"a.jpg": SIZE}
SOUND: Files = {"s.jpg": SIZE, "s.txt": "cat 10 10 50 40\n"}


def bad_records(count: int) -> Files:
    return {"x.json": coco(["a.jpg"], []) | {"annotations": [[]] * count}}


def bad_lines(count: int) -> Files:
    return {"a.txt": "what is this\n" * count}


def unknown_images(count: int) -> Files:
    return {"x.json": coco([f"{n}.png" for n in range(count)], [(n + 1, 1, 1, 1, 20, 20) for n in range(count)])}


def unknown_classes(count: int) -> Files:
    return {"a.txt": LINE.replace("0 ", "7 ", 1) * count, "classes.txt": "cat\n"}


def misspelt_numbers(count: int) -> Files:
    return {"x.csv": "filename,xmin,ymin,xmax,ymax,class\n" + "a.jpg,10,10,50,4O,cat\n" * count}


def bad_shapes(count: int) -> Files:
    return {"a.json": {"version": "5", "flags": {}, "imagePath": "a.jpg", "imageData": None, "shapes": [{}] * count}}


def bad_objects(count: int) -> Files:
    return {"a.xml": "<annotation><filename>a.jpg</filename>" + "<object/>" * count + "</annotation>"}


def wrong_masks(count: int) -> Files:
    mask = {"size": [1, 1], "counts": [1]}
    records = [{"id": n, "image_id": 1, "category_id": 1, "bbox": [n % 40, 1, 20, 20], "segmentation": mask}
               for n in range(count)]  # fmt: skip
    return {"x.json": coco(["a.jpg"], records)}


def missing_splits(count: int) -> Files:
    return {"train.txt": "".join(f"{n}.jpg\n" for n in range(count)), "a.txt": "cat 1 1 20 20\n"}


FLOODS = (bad_records, bad_lines, unknown_images, unknown_classes, misspelt_numbers, bad_shapes, bad_objects,
          wrong_masks, missing_splits)  # fmt: skip


@pytest.mark.parametrize("flood", FLOODS)
def test_of_one_kind_a_bounded_number_of_findings_is_kept_and_everything_counted(flood: Any, tmp_path: Path) -> None:
    tree = SourceTree.walk(written(tmp_path, IMAGE | flood(12_000)))
    reading = read_source(tree, ReadOptions())
    assert 0 < len(reading.findings) <= 10_010
    accounts = reading.accounts
    assert all(account.adds_up for account in (accounts.objects, accounts.split_entries, accounts.label_files))
    assert accounts.objects.found + accounts.split_entries.found >= (1_000 if flood is bad_lines else 12_000)


def rows(count: int) -> Files:
    return {"a.txt": "cat 10 10 50 40\n" * count}


def records(count: int) -> Files:
    return {"x.json": coco(["a.jpg"], [(1, 1, n % 50, 1, 20, 20) for n in range(count)])}


def table(count: int) -> Files:
    return {"x.csv": "filename,xmin,ymin,xmax,ymax,class\n" + "a.jpg,10,10,50,40,cat\n" * count}


@pytest.mark.parametrize("make", [rows, records, table, bad_records])
def test_memory_grows_with_what_is_read(make: Any, tmp_path: Path) -> None:
    peaks = [_peak(tmp_path / str(count), IMAGE | make(count)) for count in (500, 10_000, 20_000)]
    # Twice the objects take at most about twice the memory above that of nearly none.
    assert peaks[2] - peaks[0] < 2.6 * (peaks[1] - peaks[0])
    assert peaks[2] < 100 * 2**20


def _peak(folder: Path, files: Files) -> int:
    tree = SourceTree.walk(written(folder, files))
    tracemalloc.start()
    try:
        read_source(tree, ReadOptions())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


CLASSES: dict[str, Files] = {
    "a number of five digits": {"a.txt": LINE.replace("0 ", "99999 ", 1), "data.yaml": "names: {99999: cat}\n"},
    "a gap of a hundred thousand": {"a.txt": LINE, "data.yaml": "names: {0: cat, 99999: dog}\n"},
    "a long list": {"a.txt": LINE, "classes.txt": "\n".join(["cat", *(f"c{number}" for number in range(20_000))])},
    "a long COCO list": {"x.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)], ["cat", *map(str, range(20_000))])},
}


@pytest.mark.parametrize("name", CLASSES)
def test_an_import_evaluates_only_classes_that_have_objects(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.evaluation.scores import self_test

    evaluated = []
    make = self_test.box_evaluator

    def count(images: Any, classes: Any, *tables: Any) -> Any:
        evaluated.append(len(classes))
        return make(images, classes, *tables)

    monkeypatch.setattr(self_test, "box_evaluator", count)
    source = written(tmp_path / "source", IMAGE | CLASSES[name])
    settings = Settings(workspace=tmp_path / "workspace")
    imported = import_dataset(settings, source, ImportOptions(name="x"), silent, actor=ADA)
    assert imported.to_json()["imported"]["annotations"] == 1
    assert set(evaluated) == {1}
    assert len(imported.plan.findings) <= 10_010


@pytest.mark.parametrize(
    "name",
    [
        "names: " + "[" * 100_000,
        "names: " + "{a: " * 50_000,
        "names: [&a x, *a]\n",
        "names: {9" + "9" * 5_000 + ": a}\n",
    ],
    ids=["lists", "tables", "an alias", "digits"],
)
def test_yaml_made_to_exhaust_blocks_with_its_file(name: str, tmp_path: Path) -> None:
    taken = take(tmp_path, SOUND | {"x/a.jpg": SIZE, "x/a.txt": LINE, "x/data.yaml": name})
    assert ("malformed-file", "x/data.yaml") in taken.blocks
    assert list(taken.boxes) == ["s.jpg"]


@pytest.mark.parametrize("where", ["class", "image", "row"])
def test_half_a_character_in_a_name_is_a_finding(where: str, tmp_path: Path) -> None:
    half = "\ud800"
    files: dict[str, Files] = {
        "class": {"x.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)], [f"cat{half}"])},
        "image": {"x.json": coco([f"a{half}.jpg"], [(1, 1, 10, 10, 40, 30)])},
        "row": {"a.txt": b"cat\xed\xa0\x80 10 10 50 40\n"},
    }
    taken = take(tmp_path, SOUND | IMAGE | files[where])
    for finding in taken.findings:
        finding.message.encode()
    assert "cat?" in taken.labels.class_names or "a.jpg" not in taken.boxes
    assert any("half" in finding.message or "missing" in finding.message or "encoding" in finding.message
               for finding in taken.findings)  # fmt: skip


RUBBISH = [[2**40], [2**40, 5], [1] * 200, [-5, 53], [10**400], ["48"], "\0zz", "P" * 50, "b'04'", "", None, {}, 5]


@pytest.mark.parametrize("exif", [1, 6, 8, 3])
def test_run_lengths_of_rubbish_are_said_and_their_boxes_kept(exif: int, tmp_path: Path) -> None:
    records = [
        {"id": number, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 1 + number % 5], "area": 5,
         "segmentation": {"size": size, "counts": counts}}
        for number, (counts, size) in enumerate(itertools.product(RUBBISH, ([6, 8], [2**31, 2], ["6", 8])))
    ]  # fmt: skip
    document = coco([{"file_name": "a.jpg", "width": 8, "height": 6}], records)
    taken = take(tmp_path, {"a.jpg": image(8, 6, exif=exif), "x.json": json.dumps(document)})
    assert taken.blocks == []
    assert set(taken.labels.annotations["segmentation"]) == {""}
    assert len([finding for finding in taken.findings if finding.check == "bad-segmentation"]) == len(records)
