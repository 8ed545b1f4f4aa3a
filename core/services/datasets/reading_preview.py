"""How each group of label files was read, with images of it under the reading taken and under its rivals."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from core.errors import AppError
from core.figures.images import image_with_boxes, placeholder
from core.labels.imports.encodings import GuessedEncoding
from core.labels.reading.class_lists import ClassScope
from core.labels.reading.examples import SHOWN_IMAGES, Example
from core.labels.reading.settled import GroupReading

if TYPE_CHECKING:
    from core.services.datasets.inspection import Inspection

_LISTED_BOXES: Final = 20
_LISTED_NAMES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBox:
    """An object as a reading places it: corners in px of the upright image; `repair` says what it needs, "" nothing.

    `category_id` is -1 for a class that is unknown or in doubt; its `name` is then as written.
    """

    category_id: int
    name: str
    corners: tuple[float, float, float, float]
    repair: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRegion:
    """A region without a class as a reading places it: corners in px, within the image; `reason` as labelled."""

    corners: tuple[float, float, float, float]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupImage:
    """An image of a group of label files, its size in px, and the number of its objects.

    `boxes` are the first 200 objects, `regions` the first 200 regions without a class.
    """

    image: str
    width: int
    height: int
    objects: int
    boxes: list[ReadBox]
    regions: list[ReadRegion]


def group_examples(group: GroupReading, reading: str = "", count: int = SHOWN_IMAGES) -> list[GroupImage]:
    """The images on which a group's readings differ most, with the boxes of one reading ("": the one taken).

    Empty for a group beyond those that are shown. Raises AppError for a reading that is neither taken nor a rival.
    """
    earlier = (group.name, *(rival.name for rival in group.rivals))
    if reading and reading not in earlier:
        raise AppError(f"{group.key} was not tried as {reading[:40]!r}.", f"Choose one of: {', '.join(earlier)}.")
    return [_image(example, reading or group.name) for example in group.examples[:count]]


def source_image(inspection: "Inspection", image: str, long_side: int) -> bytes:
    """JPEG bytes of an image of the source, upright; a grey image if it cannot be read."""
    # A label file may name any path: show only images that were read.
    sources = inspection.examination.reading.label_set.images["source"]
    if not (sources == image).any():
        return placeholder("No image", long_side)
    try:
        return image_with_boxes(inspection.examination.tree.path(image), [], long_side, inspection.bit_range)
    # Pillow's decoders raise nearly anything for broken images.
    except Exception:
        return placeholder("This image cannot be read", long_side)


def group_document(group: GroupReading) -> dict[str, Any]:
    """A group as the documents of `inspect` and `import` hold it (docs/cli.md)."""
    return {
        "key": group.key,
        "format": group.format,
        "what": group.what,
        "reading": group.name,
        "words": group.words,
        "help": group.help,
        "evidence": group.evidence,
        "objects": group.objects,
        "repairs": group.repairs,
        "blocked": group.is_blocked,
        "chosen": group.is_chosen,
        "rivals": [{"reading": rival.name, "repairs": rival.repairs} for rival in group.rivals],
        "examples": [_example(image) for image in group_examples(group)],
    }


def scope_document(scope: ClassScope) -> dict[str, Any]:
    """Lists of names that rule the same label files, as the documents of `inspect` and `import` hold them."""
    return {
        "file": scope.file,
        "conflict": scope.is_conflict,
        "shifted": scope.is_shifted,
        "label_files": scope.label_files,
        "folders": list(scope.folders),
        "lists": [{"file": listed.file, "names": list(listed.names[:_LISTED_NAMES])} for listed in scope.lists],
    }


def encoding_document(guessed: GuessedEncoding) -> dict[str, Any]:
    """A guessed encoding as the documents of `inspect` and `import` hold it."""
    return {
        "path": guessed.path,
        "files": guessed.files,
        "chosen": guessed.chosen,
        "readings": [{"encoding": encoding, "words": list(words)} for encoding, words in guessed.readings],
    }


def _example(image: GroupImage) -> dict[str, Any]:
    boxes = [
        {"class": box.name, "box": [round(value, 2) for value in box.corners], "repair": box.repair}
        for box in image.boxes[:_LISTED_BOXES]
    ]
    regions = [
        {"box": [round(value, 2) for value in region.corners], "reason": region.reason}
        for region in image.regions[:_LISTED_BOXES]
    ]
    return {
        "image": image.image,
        "width": image.width,
        "height": image.height,
        "objects": image.objects,
        "boxes": boxes,
        "ignored_regions": regions,
    }


def _image(example: Example, reading: str) -> GroupImage:
    rows = zip(example.classes, example.boxes_xyxy[reading].tolist(), example.repairs[reading], strict=True)
    return GroupImage(
        image=example.image,
        width=example.width,
        height=example.height,
        objects=example.objects,
        boxes=[
            ReadBox(category_id=category, name=name, corners=(x1, y1, x2, y2), repair=repair)
            for (category, name), (x1, y1, x2, y2), repair in rows
        ],
        regions=[ReadRegion(corners=corners, reason=reason) for corners, reason in example.regions.get(reading, ())],
    )
