"""For every check of objects, images, classes and splits: a planted fault is found at its place, its clean twin not.

Images are real files, decoded by the scan of an import. Checks of label files have their tests beside the readers
(test_check_table.py holds that).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from core.labels.checks.box_fixes import repair
from core.labels.checks.check_input import Subject
from core.labels.checks.check_table import CHECK_TABLE
from core.labels.checks.checks import run_checks
from core.labels.checks.entries.entry import Scope
from core.labels.checks.split_checks import check_splits
from core.labels.findings import Finding, Severity
from core.labels.images.scan import read_facts
from core.labels.label_set import LabelSet
from core.labels.sources.source_tree import SourceTree
from tests.factories.sources import label_set, turned_in

Box = tuple[float, float, float, float]
Write = Callable[[Path], object]
SIZE = (400, 320)
SOUND: Box = (40, 40, 140, 140)
USUAL: list[Box] = [(20 + k, 30 + k, 60 + k, 70 + k % 3 + k) for k in range(40)]
GRID: list[Box] = [(x, y, x + 9.0, y + 9.0) for x in range(10, 390, 30) for y in range(10, 310, 30)]
POLYGON, LINE = "[[40, 40, 140, 40, 140, 140]]", "[[40, 40, 90, 90, 140, 140]]"


@cache
def photo(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """64 tiles of seeded colours with fine grain on them: bright, sharp, and no two seeds alike."""
    draw = np.random.default_rng(seed)
    tiles = Image.fromarray(draw.integers(0, 255, (8, 8, 3), dtype=np.uint8)).resize(size, Image.Resampling.NEAREST)
    grain = draw.integers(-30, 30, (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(tiles, dtype=np.int64) + grain, 0, 255).astype(np.uint8))


@cache
def encoded(seed: int) -> bytes:
    """The image as a file."""
    content = BytesIO()
    photo(seed).save(content, "PNG", compress_level=1)
    return content.getvalue()


def truncated(path: Path) -> None:
    """A JPEG without its second half."""
    photo(2).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_off(path: Path) -> None:
    """A JPEG without its last bytes."""
    photo(2).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:-20])


def turned(path: Path) -> None:
    """An image that its EXIF data turns."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(2, SIZE[::-1]).save(path, "JPEG", exif=exif)


def mostly_white(path: Path) -> None:
    """An image of which a fifth is not white."""
    image = Image.new("RGB", SIZE, "white")
    image.paste(photo(2, (SIZE[0], SIZE[1] // 5)), (0, 0))
    image.save(path, "PNG")


def _plain(path: Path) -> None:
    path.write_bytes(encoded(2))


def drawn(change: Callable[[Image.Image], Image.Image]) -> Write:
    """Writes the second image, changed."""
    return lambda path: change(photo(2)).save(path, "PNG")


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A fault: what differs from the clean twin, and where it must be found (file, line, image).

    `labels` are arguments of `label_set`, `names` class names by index, `columns` values of annotation columns, `write`
    writes the image 2.png (None: it is missing). The clean twin has `twin` instead.
    """

    check: str
    severity: str
    place: tuple[str, int, str]
    labels: dict[str, Any] = field(default_factory=lambda: {"boxes": [SOUND, SOUND], "image_ids": [1, 2]})
    twin_labels: dict[str, Any] | None = None
    names: tuple[str, ...] = ()
    twin_names: tuple[str, ...] = ()
    columns: dict[str, list[Any]] = field(default_factory=dict)
    write: Write | None = _plain

    def twin(self) -> "Planted":
        """The same without the fault."""
        labels = self.twin_labels if self.twin_labels is not None else self.labels
        return replace(self, labels=labels, names=self.twin_names, columns={}, write=_plain)


def on_object(check: str, severity: str, box: Box, **columns: list[Any]) -> Planted:
    """A fault of the second box of an image; its twin has a sound box there."""
    twin = {"boxes": [SOUND, (200, 100, 300, 200)]}
    return Planted(
        check=check,
        severity=severity,
        place=("1.txt", 2, "1.png"),
        labels={"boxes": [SOUND, box]},
        twin_labels=twin,
        columns=columns,
    )


def on_image(check: str, severity: str, write: Write | None, **labels: Any) -> Planted:
    """A fault of the image 2.png."""
    both: dict[str, Any] = {"boxes": [SOUND, SOUND], "image_ids": [1, 2]}
    return Planted(
        check=check, severity=severity, place=("2.png", 0, "2.png"), labels=both | labels, twin_labels=both, write=write
    )


def on_class(
    check: str,
    labels: dict[str, Any],
    twin: dict[str, Any],
    names: tuple[str, ...] = (),
    twin_names: tuple[str, ...] = (),
) -> Planted:
    """A fault of a whole class, which has no file and no image."""
    return Planted(
        check=check,
        severity="look",
        place=("", 0, ""),
        labels=labels,
        twin_labels=twin,
        names=names,
        twin_names=twin_names,
    )


FIRST = photo(1)
TWO_CLASSES = {"boxes": [SOUND, (200, 100, 300, 200)], "category_ids": [0, 1]}
FAULTS: dict[str, Planted] = {
    "swapped": on_object("swapped-corners", "fixed", (300, 200, 200, 100)),
    "over the border": on_object("over-border", "fixed", (350, 100, 450, 200)),
    "outside": on_object("outside-image", "fixed", (450, 100, 500, 200)),
    "no width": on_object("zero-area", "fixed", (200, 100, 200, 200)),
    "not a number": on_object("non-finite", "blocks", (float("nan"), 100, 300, 200)),
    "twice": on_object("duplicate-object", "fixed", SOUND),
    "a polygon on a line": on_object("bad-segmentation", "fixed", (200, 100, 300, 200), segmentation=[POLYGON, LINE]),
    "tiny": on_object("tiny-box", "look", (200, 100, 203, 120)),
    "huge": on_object("huge-object", "look", (5, 5, 395, 312)),
    "the whole image": on_object("whole-image-box", "look", (0, 0, 400, 318)),
    "very long": on_object("odd-aspect", "look", (10, 100, 390, 120)),
    "unusual in its class": Planted(
        check="unusual-size",
        severity="look",
        place=("1.txt", 41, "1.png"),
        labels={"boxes": [*USUAL, (20, 10, 300, 300)]},
        twin_labels={"boxes": [*USUAL, (20, 10, 60, 52)]},
    ),
    "two classes in one box": Planted(
        check="same-box-two-classes",
        severity="look",
        place=("1.txt", 2, "1.png"),
        labels={"boxes": [SOUND, (41, 40, 140, 141)], "category_ids": [0, 1]},
        twin_labels=TWO_CLASSES,
    ),
    "missing": on_image("missing-image", "blocks", None),
    "truncated": on_image("unreadable-image", "blocks", truncated),
    "another size": on_image("size-differs", "fixed", _plain, width=[400, 800], height=[320, 640]),
    "turned": on_image("exif-turn", "fixed", turned),
    "cut off": on_image("cut-off-image", "fixed", cut_off),
    "broken EXIF data": on_image(
        "exif-unreadable", "look", lambda path: photo(2).save(path, "JPEG", exif=b"Exif\0\0garbage")
    ),
    "a TIFF": on_image("image-converted", "fixed", lambda path: photo(2).save(path, "TIFF")),
    "a copy": on_image("duplicate-image", "look", lambda path: FIRST.save(path, "BMP")),
    "a scaled copy": on_image(
        "near-duplicate-image", "look", lambda path: FIRST.resize((300, 240)).save(path, "JPEG", quality=60)
    ),
    "a copy in another split": on_image(
        "duplicate-across-splits", "look", lambda path: FIRST.save(path, "BMP"), split=["train", "val", "train"]
    ),
    "a near copy in another split": on_image(
        "duplicate-across-splits", "look", lambda path: FIRST.save(path, "JPEG"), split=["train", "val", "train"]
    ),
    "blurred": on_image("blurred", "look", drawn(lambda image: image.filter(ImageFilter.GaussianBlur(14)))),
    "dark": on_image("dark", "look", drawn(lambda image: ImageEnhance.Brightness(image).enhance(0.1))),
    "over-exposed": on_image("over-exposed", "look", mostly_white),
    "flat": on_image("low-information", "look", drawn(lambda _: Image.new("RGB", SIZE, (120, 120, 120)))),
    "large among small": on_image(
        "mixed-sizes", "look", lambda path: photo(2, (1800, 1440)).save(path, "PNG", compress_level=1)
    ),
    "crowded": Planted(
        check="crowded-image",
        severity="look",
        place=("1.png", 0, "1.png"),
        labels={"boxes": GRID[:101], "category_ids": [k % 2 for k in range(101)]},
        twin_labels={"boxes": GRID[:100], "category_ids": [k % 2 for k in range(100)]},
    ),
    "beyond COCO's cap": Planted(
        check="beyond-coco-cap",
        severity="look",
        place=("1.png", 0, "1.png"),
        labels={"boxes": GRID[:101]},
        twin_labels={"boxes": GRID[:101], "category_ids": [k % 2 for k in range(101)]},
    ),
    "a class without objects": on_class(
        "empty-class", {"boxes": [SOUND, (200, 100, 300, 200)], "category_ids": [0, 2]}, TWO_CLASSES
    ),
    "a class with few objects": on_class("few-examples", {"boxes": GRID[:19]}, {"boxes": GRID[:20]}),
    "a class that is rare": on_class(
        "class-imbalance",
        {"boxes": GRID[:52], "category_ids": [0] * 51 + [1]},
        {"boxes": GRID[:51], "category_ids": [0] * 50 + [1]},
    ),
    "almost the same name": on_class(
        "almost-same-class-names", TWO_CLASSES, TWO_CLASSES, names=("Helmet", "helmet"), twin_names=("helmet", "person")
    ),
    "a class that validation lacks": on_class(
        "class-missing-from-split",
        {**TWO_CLASSES, "image_ids": [1, 2], "split": ["train", "val"], "image_id": [1, 2]},
        {
            "boxes": [SOUND, (200, 100, 300, 200)] * 2,
            "category_ids": [0, 1, 0, 1],
            "image_ids": [1, 1, 2, 2],
            "split": ["train", "val"],
            "image_id": [1, 2],
        },
    ),
}
# Not decoded completely, or not at all: found before the checks run.
OF_THE_SCAN = {"unsupported-image"}


def findings_of(planted: Planted, folder: Path) -> list[Finding]:
    """All findings of the planted labels, and of their images as decoded."""
    labels = _labels(planted)
    for image_id in labels.images["image_id"]:
        path = folder / f"{image_id}.png"
        if image_id != 2:
            path.write_bytes(encoded(image_id))
        elif planted.write is not None:
            planted.write(path)
    facts = read_facts(labels.images, SourceTree.walk(folder), lambda *_: None)
    return [*run_checks(Subject(labels, facts, repair(labels, facts, turned_in(facts)))), *check_splits(labels)]


def _labels(planted: Planted) -> LabelSet:
    labels = label_set(**{"image_id": [1, 2, 3], **planted.labels})
    if planted.names:
        labels = replace(labels, categories=labels.categories.assign(name=list(planted.names)))
    return replace(labels, annotations=labels.annotations.assign(**planted.columns))


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_planted_fault_is_found_at_its_place(name: str, tmp_path: Path) -> None:
    planted = FAULTS[name]
    found = [finding for finding in findings_of(planted, tmp_path) if finding.check == planted.check]
    places = [(str(finding.severity), (finding.file, finding.line, finding.image)) for finding in found]
    assert places[-1:] == [(planted.severity, planted.place)]
    assert len({place for _, place in places}) == 1


@pytest.mark.parametrize("name", list(FAULTS))
def test_its_clean_twin_has_no_finding_in_blocks_or_fixed(name: str, tmp_path: Path) -> None:
    findings = findings_of(FAULTS[name].twin(), tmp_path)
    assert [finding for finding in findings if finding.severity is not Severity.LOOK] == []
    assert [finding for finding in findings if finding.check == FAULTS[name].check] == []


def test_every_check_of_objects_images_and_classes_has_a_planted_fault() -> None:
    here = {check for check, entry in CHECK_TABLE.items() if entry.scope is not Scope.READING}
    assert {planted.check for planted in FAULTS.values()} | OF_THE_SCAN == here | {"non-finite"}
