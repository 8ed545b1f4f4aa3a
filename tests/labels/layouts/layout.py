"""Writes a source in one layout of a format, reads it, and compares all that was read with what its files say."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from core.labels.findings import Severity
from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.reading.reading import Reading
from core.labels.sources.source_tree import SourceTree
from core.tables import BOX_COLUMNS
from tests.factories.app.uploads import folder_of, make_image

Box = tuple[float, float, float, float]
Object = tuple[str, str, Box]

WITHIN_PX: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A source and all that it says.

    `images` maps paths to (width, height) in px. `files` are the label files: text, bytes, or what is written as JSON.
    `objects` are (image, class, corners x1 y1 x2 y2 in px), in any order. `ignored` are regions without a class (image,
    corners). `splits` maps images to their split, none of them if empty. Images without an object are in `background`
    or `unlabelled`. `left_out` counts objects by reason. `looks` are checks whose findings ask for a look; any other
    finding is a fault. `companions` are images that are masks or the like.
    """

    format: str
    images: Mapping[str, tuple[int, int]]
    files: Mapping[str, Any]
    objects: tuple[Object, ...]
    ignored: tuple[tuple[str, Box], ...] = ()
    crowd: int = 0
    splits: Mapping[str, str] = field(default_factory=dict)
    background: tuple[str, ...] = ()
    unlabelled: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    looks: tuple[str, ...] = ()


def write_layout(folder: Path, layout: Layout) -> Path:
    """Writes the images and label files of a layout below a folder."""
    return folder_of(folder, files_of(layout))


def files_of(layout: Layout) -> dict[str, bytes | str]:
    """The contents of all files of a layout."""
    images = {name: _image(name.rpartition(".")[2], *size) for name, size in layout.images.items()}
    return {**images, **{name: _content(content) for name, content in layout.files.items()}}


def below(layout: Layout, folder: str) -> Layout:
    """The same layout with all paths below a folder."""

    def inside(path: str) -> str:
        return f"{folder}/{path}"

    return replace(
        layout,
        images={inside(path): size for path, size in layout.images.items()},
        files={inside(path): content for path, content in layout.files.items()},
        objects=tuple((inside(image), name, box) for image, name, box in layout.objects),
        ignored=tuple((inside(image), box) for image, box in layout.ignored),
        splits={inside(image): split for image, split in layout.splits.items()},
        background=tuple(map(inside, layout.background)),
        unlabelled=tuple(map(inside, layout.unlabelled)),
        companions=tuple(map(inside, layout.companions)),
        left_out={_reason_inside(reason, layout, folder): count for reason, count in layout.left_out.items()},
    )


def read_folder(folder: Path) -> Reading:
    """The reading of a folder with no option set."""
    return read_source(SourceTree.walk(folder), ReadOptions())


def objects_in(reading: Reading) -> list[Object]:
    """(image, class, corners in px) of every object that was read."""
    labels = reading.label_set
    image_of = dict(zip(labels.images["image_id"], labels.images["file_name"], strict=True))
    columns = [labels.annotations[name] for name in ("image_id", "category_id", *BOX_COLUMNS)]
    return [
        (image_of[image], labels.class_names[category], (x1, y1, x2, y2))
        for image, category, x1, y1, x2, y2 in zip(*columns, strict=True)
    ]


def facts_of(reading: Reading) -> dict[str, Any]:
    """All that was read, apart from boxes, in a form to compare with `facts_expected`."""
    accounts = reading.accounts
    by_name = {"images": accounts.images, "label files": accounts.label_files, "objects": accounts.objects,
               "split entries": accounts.split_entries}  # fmt: skip
    return {
        "format": reading.format,
        "crowd": int(reading.label_set.annotations["is_crowd"].sum()),
        "uses": _uses(reading),
        "splits": _splits(reading),
        "left out": {reason: count for reason, count in accounts.objects.left_out.items() if count},
        "companions": accounts.images.found - accounts.images.imported,
        "looks": {finding.check for finding in reading.findings if finding.severity is not Severity.BLOCKS},
        "repairs": {group.key: group.repairs for group in reading.groups if group.repairs},
        "accounts that do not add up": [name for name, account in by_name.items() if not account.adds_up],
    }


def facts_expected(layout: Layout) -> dict[str, Any]:
    """What `facts_of` returns if a layout is read as it is meant."""
    return {
        "format": layout.format,
        "crowd": layout.crowd,
        "uses": _expected_uses(layout),
        "splits": dict(layout.splits),
        "left out": dict(layout.left_out),
        "companions": len(layout.companions),
        "looks": set(layout.looks),
        "repairs": {},
        "accounts that do not add up": [],
    }


def differences(reading: Reading, layout: Layout) -> str:
    """How the objects and ignored regions that were read differ from the layout's, "" if they do not."""
    ignored = [(image, "ignored", box) for image, box in layout.ignored]
    return differing(objects_in(reading) + _ignored_in(reading), [*layout.objects, *ignored])


def blocked(reading: Reading) -> list[str]:
    """The messages of findings that block."""
    return [finding.message for finding in reading.findings if finding.severity is Severity.BLOCKS]


def differing(read: list[Object], expected: Sequence[Object]) -> str:
    """How the objects that were read differ from those expected, "" if they do not, whatever their order."""
    missing = list(expected)
    extra = []
    for image, name, box in read:
        match = next((o for o in missing if o[:2] == (image, name) and _is_near(o[2], box)), None)
        if match is None:
            extra.append((image, name, tuple(round(float(side), 2) for side in box)))
        else:
            missing.remove(match)
    return "" if not missing and not extra else f"expected, not read: {missing}; read, not expected: {extra}"


def _is_near(left: Box, right: Box) -> bool:
    return all(abs(a - b) <= WITHIN_PX for a, b in zip(left, right, strict=True))


def _ignored_in(reading: Reading) -> list[Object]:
    images = reading.label_set.images
    image_of = dict(zip(images["image_id"], images["file_name"], strict=True))
    columns = [reading.ignored[name] for name in ("image_id", *BOX_COLUMNS)]
    return [(image_of[image], "ignored", (x1, y1, x2, y2)) for image, x1, y1, x2, y2 in zip(*columns, strict=True)]


def _uses(reading: Reading) -> dict[str, str]:
    images = reading.label_set.images
    return dict(zip(images["file_name"], images["use"], strict=True))


def _expected_uses(layout: Layout) -> dict[str, str]:
    expected = {image: "labelled" for image, _, _ in layout.objects}
    expected.update(dict.fromkeys(layout.background, "background"))
    expected.update(dict.fromkeys(layout.unlabelled, "unlabelled"))
    rest = set(layout.images) - set(expected) - set(layout.companions)
    assert not rest, f"the layout does not say what {sorted(rest)} are"
    return expected


def _splits(reading: Reading) -> dict[str, str]:
    images = reading.label_set.images
    return {name: split for name, split in zip(images["file_name"], images["split"], strict=True) if split}


def _reason_inside(reason: str, layout: Layout, folder: str) -> str:
    words, _, last = reason.rpartition(" ")
    return f"{words} {folder}/{last}" if last in layout.files else reason


def _content(content: Any) -> bytes | str:
    return content if isinstance(content, bytes | str) else json.dumps(content)


@cache
def _image(suffix: str, width: int, height: int) -> bytes:
    if suffix.lower() != "png":
        return make_image(width, height)
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
