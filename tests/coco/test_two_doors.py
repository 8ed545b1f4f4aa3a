"""A value in a COCO file means the same to an import and to an evaluation of files, or is wrong for both.

Each case is one file with one object. The import reads them all as one source, as it reads several split files; the
evaluation reads each as a ground truth.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pycocotools import mask as run_lengths

from core.errors import AppError
from core.evaluation.readers.coco_files import read_truth
from core.labels.findings import Finding
from core.labels.imports.plan import kept_labels
from core.services.datasets import ImportOptions, inspect
from core.services.evaluation import evaluate_files, open_evaluation
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.uploads import make_image
from tests.factories.progress import silent

WIDTH, HEIGHT = 64, 48
NAN, INFINITE, HUGE = float("nan"), float("inf"), 10**400
TRIANGLE = [4, 5, 24, 5, 24, 35]
SIZE = [HEIGHT, WIDTH]
# A square of 10 px, four columns and five rows from the corner; COCO counts down the columns.
COUNTS = [4 * HEIGHT + 5, *[10, HEIGHT - 10] * 9, 10, 50 * HEIGHT + 33]
FILLED = {"size": SIZE, "counts": COUNTS}
LETTERS = run_lengths.frPyObjects(FILLED, HEIGHT, WIDTH)["counts"].decode()
COMPRESSED = {"size": SIZE, "counts": LETTERS}
NESTED: list[Any] = []
for _ in range(50):
    NESTED = [NESTED]


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What the object of a case is. `mask` counts the pixels of its mask."""

    box: tuple[float, ...] = (4, 5, 24, 35)
    area: float = 600
    is_crowd: bool = False
    mask: int = 0
    name: str = "cat"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Changes to the records of a file, and what is meant.

    With a `check` and no meaning, an import reports the object under it and an evaluation refuses the file; with both,
    the object has its meaning and both doors tell of it. `extra` holds more records.
    """

    annotation: dict[str, Any] = field(default_factory=dict)
    image: dict[str, Any] = field(default_factory=dict)
    category: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, list[Any]] = field(default_factory=dict)
    meaning: Meaning | None = None
    check: str = ""


def means(**changes: Any) -> Meaning:
    return Meaning(**changes)


def sound(meaning: Meaning | None = None, **changes: Any) -> Case:
    return Case(annotation=changes, meaning=meaning or Meaning())


def mended(segmentation: Any, mask: int = 300) -> Case:
    return Case(annotation={"segmentation": segmentation}, check="mended-segmentation", meaning=means(mask=mask))


def boxed(meaning: Meaning, **changes: Any) -> Case:
    return Case(annotation=changes, check="box-from-segmentation", meaning=meaning)


def wrong(check: str = "malformed-line", **changes: Any) -> Case:
    return Case(annotation=changes, check=check)


def unmasked(value: Any) -> Case:
    return Case(annotation={"segmentation": value}, check="bad-segmentation", meaning=Meaning())


def sized(value: Any) -> Case:
    return Case(image={"width": value}, check="size-differs", meaning=Meaning())


CASES: dict[str, Case] = {
    # Flags.
    "iscrowd left out": sound(),
    "iscrowd 0": sound(iscrowd=0),
    'iscrowd "0"': sound(iscrowd="0"),
    "iscrowd false": sound(iscrowd=False),
    "iscrowd 0.0": sound(iscrowd=0.0),
    "iscrowd null": sound(iscrowd=None),
    "iscrowd 1": sound(means(is_crowd=True), iscrowd=1),
    'iscrowd "1"': sound(means(is_crowd=True), iscrowd="1"),
    "iscrowd true": sound(means(is_crowd=True), iscrowd=True),
    "iscrowd 1.0": sound(means(is_crowd=True), iscrowd=1.0),
    "iscrowd 2": wrong(iscrowd=2),
    "iscrowd -1": wrong(iscrowd=-1),
    "iscrowd 0.5": wrong(iscrowd=0.5),
    'iscrowd "no"': wrong(iscrowd="no"),
    'iscrowd ""': wrong(iscrowd=""),
    "iscrowd NaN": wrong(iscrowd=NAN),
    "iscrowd a list": wrong(iscrowd=[0]),
    "iscrowd an object": wrong(iscrowd={}),
    "iscrowd huge": wrong(iscrowd=HUGE),
    # Ids.
    'image_id "1" beside 1': sound(image_id="1"),
    "image_id 1.0 beside 1": sound(image_id=1.0),
    'image_id 1 beside "1"': Case(image={"id": "1"}, meaning=Meaning()),
    'image_id 1 beside 1.0': Case(image={"id": 1.0}, meaning=Meaning()),
    "image_id a text": Case(image={"id": "x7"}, annotation={"image_id": "x7"}, meaning=Meaning()),
    "image_id of 30 digits": Case(image={"id": 10**30}, annotation={"image_id": str(10**30)}, meaning=Meaning()),
    "image_id negative": Case(image={"id": -4}, annotation={"image_id": "-4"}, meaning=Meaning()),
    "image_id 0": Case(image={"id": 0}, annotation={"image_id": "0"}, meaning=Meaning()),
    'image_id "01" beside 1': wrong("unknown-image", image_id="01"),
    'image_id "1.0" beside 1': wrong("unknown-image", image_id="1.0"),
    "image_id true beside 1": wrong("unknown-image", image_id=True),
    "image_id null": wrong("unknown-image", image_id=None),
    "image_id 1.5": wrong("unknown-image", image_id=1.5),
    "image_id NaN": wrong("unknown-image", image_id=NAN),
    "image_id a list": wrong("unknown-image", image_id=[1]),
    "image_id an object": wrong("unknown-image", image_id={"a": 1}),
    "image_id huge": wrong("unknown-image", image_id=HUGE),
    "image_id of another image": wrong("unknown-image", image_id=2),
    "a float id that stands for several whole ones": Case(
        image={"id": 1e20}, annotation={"image_id": 1e20}, check="malformed-line"
    ),
    "an image with true for an id": Case(image={"id": True}, check="malformed-line"),
    "an image without an id": Case(image={"id": None}, check="malformed-line"),
    'images of the ids 1 and "1"': Case(extra={"images": [{"id": "1", "file_name": "b.jpg"}]}, check="ambiguous-id"),
    "an image that is no object": Case(extra={"images": [7]}, check="malformed-line", meaning=Meaning()),
    'category_id "7" beside 7': sound(category_id="7"),
    "category_id 7.0 beside 7": sound(category_id=7.0),
    'category_id 7 beside "7"': Case(category={"id": "7"}, meaning=Meaning()),
    "category_id null": wrong("unknown-class", category_id=None),
    "category_id true beside 1": Case(annotation={"category_id": True}, category={"id": 1}, check="unknown-class"),
    "category_id 1 beside true": Case(annotation={"category_id": 1}, category={"id": True}, check="unknown-class"),
    "category_id a list": wrong("unknown-class", category_id=[7]),
    "category_id of no class": wrong("unknown-class", category_id=8),
    'classes of the ids 7 and "7"': Case(extra={"categories": [{"id": "7", "name": "dog"}]}, check="ambiguous-id"),
    "a class under two ids": Case(
        annotation={"category_id": 9},
        extra={"categories": [{"id": 9, "name": " cat "}]},
        check="repeated-name",
        meaning=Meaning(),
    ),
    "an id of an object twice": Case(
        extra={"annotations": [{"id": "1", "image_id": 1, "category_id": 7, "bbox": [1, 1, 9, 9]}]},
        check="duplicate-id",
        meaning=Meaning(),
    ),
    # Names.
    "a class without a name": Case(category={"name": None}, check="names-missing", meaning=means(name="class 7")),
    "a class with an empty name": Case(category={"name": "  "}, check="names-missing", meaning=means(name="class 7")),
    "a class with a number for a name": Case(category={"name": 0}, meaning=means(name="0")),
    "a class with blanks round its name": Case(category={"name": " cat "}, meaning=Meaning()),
    "a class with a list for a name": Case(category={"name": ["cat"]}, check="malformed-line"),
    "a class with true for a name": Case(category={"name": True}, check="malformed-line"),
    "file_name a number": Case(image={"file_name": 7}, check="malformed-line"),
    "file_name a list": Case(image={"file_name": []}, check="malformed-line"),
    # Sizes of images.
    "width left out": Case(image={"width": None}, meaning=Meaning()),
    "width 0": Case(image={"width": 0}, meaning=Meaning()),
    "width 64.0": Case(image={"width": 64.0}, meaning=Meaning()),
    'width "64"': Case(image={"width": "64"}, meaning=Meaning()),
    "width a word": sized("wide"),
    "width -64": sized(-64),
    "width 64.5": sized(64.5),
    "width true": sized(True),
    "width NaN": sized(NAN),
    "width huge": sized(HUGE),
    "width a list": sized([64]),
    # Boxes.
    "bbox of whole and broken numbers": sound(means(box=(4.5, 5, 24.5, 35)), bbox=[4.5, 5, 20.0, 30]),
    "bbox left out": wrong(bbox=None),
    "bbox of texts": sound(bbox=["4", "5.0", "20", 30]),
    "bbox of words": wrong(bbox=["4", "5", "20", "high"]),
    "bbox with true": wrong(bbox=[True, 5, 20, 30]),
    "bbox with null": wrong(bbox=[None, 5, 20, 30]),
    "bbox of three": wrong(bbox=[4, 5, 20]),
    "bbox of five": wrong(bbox=[4, 5, 20, 30, 0]),
    "bbox nested": wrong(bbox=[[4, 5, 20, 30]]),
    "bbox an object": wrong(bbox={"x": 4}),
    "bbox a text": wrong(bbox="4 5 20 30"),
    "bbox false": wrong(bbox=False),
    "bbox deeply nested": wrong(bbox=NESTED),
    "bbox with NaN": wrong("non-finite", bbox=[NAN, 5, 20, 30]),
    "bbox without end": wrong("non-finite", bbox=[4, 5, INFINITE, 30]),
    "bbox with a huge number": wrong("non-finite", bbox=[4, 5, HUGE, 30]),
    "bbox with 1e300": wrong("non-finite", bbox=[4, 5, 1e300, 30]),
    "an annotation that is a list": Case(extra={"annotations": [[]]}, check="malformed-line", meaning=Meaning()),
    # Areas.
    "area as written": sound(means(area=300), area=300),
    "area null": sound(area=None),
    "area 0": sound(area=0),
    'area "600"': sound(area="600"),
    "area a word": wrong("bad-area", area="large"),
    "area -1": wrong("bad-area", area=-1),
    "area true": wrong("bad-area", area=True),
    "area NaN": wrong("bad-area", area=NAN),
    "area huge": wrong("bad-area", area=HUGE),
    "area a list": wrong("bad-area", area=[600]),
    # Masks.
    "segmentation null": sound(segmentation=None),
    "segmentation empty": sound(segmentation=[]),
    "segmentation an empty text": sound(segmentation=""),
    "a polygon": sound(means(area=300, mask=300), segmentation=[TRIANGLE], area=300),
    "a polygon without a box": boxed(means(mask=300), segmentation=[TRIANGLE], bbox=None),
    "a polygon with an empty box": boxed(means(mask=300), segmentation=[TRIANGLE], bbox=[]),
    "a polygon with a box of zeros": boxed(means(mask=300), segmentation=[TRIANGLE], bbox=[0, 0, 0, 0]),
    "run lengths": sound(means(area=100, mask=100), segmentation=FILLED, area=100),
    "compressed run lengths": sound(means(area=100, mask=100), segmentation=COMPRESSED, area=100),
    "run lengths without a box": boxed(means(box=(4, 5, 14, 15), area=100, mask=100), segmentation=FILLED, bbox=None),
    "segmentation true": unmasked(True),
    "segmentation a number": unmasked(7),
    "segmentation a text": unmasked("polygon"),
    "segmentation an empty object": unmasked({}),
    "a polygon of texts": mended([list(map(str, TRIANGLE))]),
    "a polygon of words": unmasked([["a", *TRIANGLE[1:]]]),
    "a polygon that is not in a list": mended(TRIANGLE),
    "a polygon of pairs": mended([[[4, 5], [24, 5], [24, 35]]]),
    "a polygon of two points": unmasked([TRIANGLE[:4]]),
    "a polygon with half a point": unmasked([[*TRIANGLE, 7]]),
    "a polygon with NaN": unmasked([[*TRIANGLE[:5], NAN]]),
    "a polygon with true": unmasked([[*TRIANGLE[:5], True]]),
    "a polygon with a huge number": unmasked([[*TRIANGLE[:5], HUGE]]),
    "a polygon far away": unmasked([[*TRIANGLE[:5], 1e7]]),
    "run lengths of another size": unmasked({"size": [HEIGHT + 1, WIDTH], "counts": [(HEIGHT + 1) * WIDTH]}),
    "run lengths turned": unmasked({"size": [WIDTH, HEIGHT], "counts": COUNTS}),
    "compressed run lengths of another size": unmasked({"size": [WIDTH, HEIGHT], "counts": LETTERS}),
    "run lengths with a size of floats": unmasked({"size": [48.0, 64.0], "counts": COUNTS}),
    "run lengths with a size of texts": unmasked({"size": ["48", "64"], "counts": COUNTS}),
    "run lengths without a size": unmasked({"counts": COUNTS}),
    "run lengths without counts": unmasked({"size": SIZE}),
    "run lengths of one pixel too few": unmasked({"size": SIZE, "counts": [*COUNTS[:-1], COUNTS[-1] - 1]}),
    "run lengths with a negative count": unmasked({"size": SIZE, "counts": [-5, WIDTH * HEIGHT + 5]}),
    "run lengths with texts": unmasked({"size": SIZE, "counts": list(map(str, COUNTS))}),
    "run lengths with true": unmasked({"size": SIZE, "counts": [True, WIDTH * HEIGHT - 1]}),
    "compressed run lengths of a few pixels": unmasked({"size": SIZE, "counts": LETTERS[:-4]}),
    "compressed run lengths that break off": unmasked({"size": SIZE, "counts": LETTERS[:1]}),
    "compressed run lengths as Python shows bytes": mended({"size": SIZE, "counts": f"b'{LETTERS}'"}, mask=100),
    "compressed run lengths of no letters": unmasked({"size": SIZE, "counts": ""}),
    "compressed run lengths with an accent": unmasked({"size": SIZE, "counts": f"{LETTERS[:-1]}é"}),
}  # fmt: skip
# An import clips and drops by the image itself; an evaluation has the file alone, and tells of what an import drops.
DROPPED = {
    "a box without an area": ([4, 5, 0, 30], "zero-area"),
    "a box outside of its image": ([100, 5, 20, 30], "outside-image"),
    "an empty box": ([], "zero-area"),
}


def document(case: Case, file_name: str) -> dict[str, Any]:
    annotation = {"id": 1, "image_id": 1, "category_id": 7, "bbox": [4, 5, 20, 30], **case.annotation}
    image = {"id": 1, "file_name": file_name, "width": WIDTH, "height": HEIGHT, **case.image}
    category = {"id": 7, "name": "cat", **case.category}
    lists = {"images": image, "annotations": annotation, "categories": category}
    return {name: [record, *case.extra.get(name, [])] for name, record in lists.items()}


def object_in(annotations: pd.DataFrame, categories: pd.DataFrame) -> Meaning | None:
    """The first object, None where there is none."""
    if annotations.empty:
        return None
    row = annotations.iloc[0]
    names = dict(zip(categories["category_id"], categories["name"], strict=True))
    return Meaning(
        box=tuple(row[["x1", "y1", "x2", "y2"]].tolist()),
        area=float(row["area"]),
        is_crowd=bool(row["is_crowd"]),
        mask=pixels(row["segmentation"]),
        name=names[row["category_id"]],
    )


def pixels(segmentation: str) -> int:
    if not segmentation:
        return 0
    coded = run_lengths.frPyObjects(json.loads(segmentation), HEIGHT, WIDTH) if "[[" in segmentation else None
    shape = json.loads(segmentation)
    if coded is None:
        coded = [run_lengths.frPyObjects(shape, *shape["size"]) if isinstance(shape["counts"], list) else shape]
    return int(np.sum(run_lengths.area(coded)))


Imported = Callable[[str], tuple[Meaning | None, list[Finding]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each case, with its file and image."""
    root = tmp_path_factory.mktemp("doors")
    boxes = {name: sound(bbox=box) for name, (box, _) in DROPPED.items()}
    for name, case in (CASES | boxes).items():
        place = root / "source" / folder_of(name)
        place.mkdir(parents=True)
        (place / f"{place.name}.jpg").write_bytes(make_image(WIDTH, HEIGHT))
        (place / "ann.json").write_text(json.dumps(document(case, f"{place.name}.jpg")))
    return root


def folder_of(name: str) -> str:
    return f"case{[*CASES, *DROPPED].index(name):03d}"


@pytest.fixture(scope="module")
def imported(folder: Path) -> Imported:
    """The object and the findings of a case, as one import of all of them has it."""
    examination = inspect(
        Settings(workspace=folder / "workspace"), folder / "source", ImportOptions(), silent
    ).examination
    labels = kept_labels(examination)

    def of(name: str) -> tuple[Meaning | None, list[Finding]]:
        file = f"{folder_of(name)}/ann.json"
        kept = labels.annotations[labels.annotations["source_file"] == file]
        findings = [finding for finding in examination.report.findings if finding.file == file]
        return object_in(kept, labels.categories), findings

    return of


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.meaning and not case.check])
def test_a_value_that_is_accepted_means_the_same_to_both(name: str, folder: Path, imported: Imported) -> None:
    truth = read_truth(folder / "source" / folder_of(name) / "ann.json")
    meaning, findings = imported(name)
    outcomes = object_in(truth.truth.annotations, truth.truth.categories)
    assert (meaning, outcomes) == (CASES[name].meaning, CASES[name].meaning)
    assert findings == []
    assert is_without_size(name) or truth.notes == []


def is_without_size(name: str) -> bool:
    return name.startswith("width")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.meaning])
def test_a_fault_is_a_finding_of_the_import_and_refuses_the_evaluation(
    name: str, folder: Path, imported: Imported
) -> None:
    meaning, findings = imported(name)
    assert any(finding.check == CASES[name].check and finding.line for finding in findings)
    # An area that is none is the one fault of which an import knows a remedy.
    assert meaning == (Meaning() if CASES[name].check == "bad-area" else None)
    with pytest.raises(AppError, match=r"^ann\.json") as refused:
        read_truth(folder / "source" / folder_of(name) / "ann.json")
    assert refused.value.remedy


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.meaning and case.check])
def test_what_is_left_out_of_a_record_is_told_by_both(name: str, folder: Path, imported: Imported) -> None:
    case = CASES[name]
    meaning, findings = imported(name)
    assert (meaning, {finding.check for finding in findings}) == (case.meaning, {case.check})
    place = folder / "source" / folder_of(name) / "ann.json"
    if case.check == "malformed-line":
        # The record beside the object is no object at all: its file is not to be trusted with scores.
        with pytest.raises(AppError, match=r"^ann\.json, \w+ 2: "):
            read_truth(place)
        return
    truth = read_truth(place)
    assert object_in(truth.truth.annotations, truth.truth.categories) == case.meaning
    assert len(truth.notes) == 1
    assert f"ann.json, {findings[0].message.partition('ann.json, ')[2]}" in truth.notes[0]


@pytest.mark.parametrize("name", DROPPED)
def test_an_object_that_an_import_drops_is_told_by_an_evaluation(name: str, folder: Path, imported: Imported) -> None:
    meaning, findings = imported(name)
    assert (meaning, [finding.check for finding in findings]) == (None, [DROPPED[name][1]])
    notes = read_truth(folder / "source" / folder_of(name) / "ann.json").notes
    assert len(notes) == 1
    assert "which an import drops" in notes[0]
    assert "annotation 1" in notes[0]


def test_a_refusal_counts_each_kind_and_names_its_first_record(tmp_path: Path) -> None:
    faulty = document(sound(), "a.jpg")
    record = faulty["annotations"][0]
    changes: list[dict[str, Any]] = [{"bbox": "x"}, {}, {"image_id": 3}, {"bbox": [1]}, {"bbox": [NAN, 1, 1, 1]}]
    changes.append({"bbox": 7, "image_id": 4})
    faulty["annotations"] = [{**record, **change, "id": number} for number, change in enumerate(changes)]
    (tmp_path / "ann.json").write_text(json.dumps(faulty))
    with pytest.raises(AppError) as refused:
        read_truth(tmp_path / "ann.json")
    assert refused.value.message == (
        "ann.json: 5 records cannot be used: "
        "annotation 3: image_id 3, which `images` does not list (and 1 more like it); "
        'annotation 1: bbox "x" is not [x, y, width, height] in px (and 1 more like it); '
        "annotation 5: bbox [NaN, 1, 1, 1] is not [x, y, width, height] in px."
    )


def test_two_files_of_such_values_are_evaluated_as_their_import_is_read(tmp_path: Path) -> None:
    """Through the services: text flags and ids count, a crowd region excuses what lies in it, a wrong mask is told."""
    truth = document(sound(iscrowd="0", image_id="1"), "a.jpg")
    crowd = {"id": "2", "image_id": "1", "category_id": "7", "bbox": [30, 5, 30, 30], "iscrowd": "1"}
    masked = {"id": 3, "image_id": 1, "category_id": 7, "bbox": [2, 36, 8, 8], "segmentation": {"size": [1, 1]}}
    truth["annotations"] += [crowd, masked]
    boxes = ([4, 5, 20, 30], [31, 6, 8, 8], [2, 36, 8, 8])
    found = [{"image_id": "1", "category_id": 7.0, "bbox": box, "score": 0.9} for box in boxes]
    for name, content in (("truth", truth), ("found", found)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    settings = Settings(workspace=tmp_path / "workspace")
    opened = open_evaluation(
        settings, evaluate_files(settings, tmp_path / "truth.json", tmp_path / "found.json", actor=ADA)
    )
    assert opened.truth.annotations["is_crowd"].tolist() == [False, True, False]
    assert opened.scores.ap == pytest.approx(1)
    assert any("truth.json, annotation 3: run lengths of another size" in note for note in opened.notes)
