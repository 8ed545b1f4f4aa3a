"""COCO JSON: one or more files with images, annotations and categories; ids of any kind, joined by class name."""

from pathlib import PurePosixPath
from typing import Any, Final

from core.errors import UploadError
from core.labels.formats.base import Reading, ReadOptions, Sniff, shown
from core.labels.formats.builder import Builder
from core.labels.formats.class_names import NAME_LENGTH, ClassTable
from core.labels.formats.coco_file import candidates, key_of, load, records
from core.labels.formats.coco_shapes import read_shape
from core.labels.formats.numbers import NumberFaultError, read_size
from core.labels.formats.source_tree import SourceTree
from core.labels.formats.splits import split_of_folders, split_of_name

FORMAT_ID: Final = "coco"


def sniff(tree: SourceTree) -> Sniff:
    """High where a JSON file has COCO's keys."""
    files = candidates(tree)
    return Sniff(0.95 if files else 0.0, f"{len(files)} JSON files with COCO's keys.")


def read(tree: SourceTree, options: ReadOptions) -> Reading:
    """All JSON files with COCO's keys. Raises UploadError where none of them can be read at all."""
    builder = Builder()
    files = candidates(tree) or tree.with_suffix(".json")
    table, used, parsed = ClassTable(), set[str](), 0
    for image in tree.images:
        builder.image(image)
    for file in files:
        document = load(tree, file, builder)
        if document is not None:
            parsed += 1
            used |= _read_file(tree, file, document, table, builder)
    if not parsed:
        why = builder.findings[0].message if builder.findings else "There is no JSON file in this."
        raise UploadError(why, "Export the labels as COCO JSON again, with `images`, `annotations` and `categories`.")
    builder.label_files = len(files)
    builder.unmatched_images = [image for image in tree.images if image not in used]
    splits = "; splits from the file names" if len({_split(file) for file in files}) > 1 else ""
    evidence = (
        f"{len(files)} JSON files with COCO's images, annotations and categories: corner and size in pixels{splits}."
    )
    return builder.reading(FORMAT_ID, table.categories, evidence)


def _split(file: str) -> str:
    return split_of_name(PurePosixPath(file).stem) or split_of_folders(file)


def _read_file(tree: SourceTree, file: str, document: dict[str, Any], table: ClassTable, builder: Builder) -> set[str]:
    """Add one file's objects; the images that it names."""
    categories = _categories(file, document, table, builder)
    images = _images(tree, file, document, builder)
    lost = {key: 0 for key, image in images.items() if image is None}
    seen: set[str] = set()
    for number, record in records(file, document, "annotations", builder):
        category, image_key = key_of(record.get("category_id")), key_of(record.get("image_id"))
        name = table.categories[categories[category]][0] if category in categories else (category or "")
        image = images.get(image_key or "")
        image_id = builder.image(image) if image else 0
        builder.count(name, image_id)
        place = f"{file}, annotation {number}"
        _note_repeated(key_of(record.get("id")), seen, file, number, builder)
        if image_key in lost:
            lost[image_key] += 1
        elif image is None:
            message = f"{place}: image_id {shown(str(record.get('image_id')))}, which `images` does not list."
            builder.blocked("unknown-image", message, file, number)
        elif category not in categories:
            message = f"{place}: category_id {shown(str(record.get('category_id')))}, which `categories` does not list."
            builder.blocked("unknown-class", message, file, number, image)
        else:
            _add(record, (image, image_id), categories[category], (file, number), builder)
    for key, objects in lost.items():
        named = shown(key)
        builder.blocked("missing-image", f"{file}: {objects} objects of image {named}, which is not here.", file)
    return {image for image in images.values() if image}


def _add(
    record: dict[str, Any], image: tuple[str, int], category: int, place: tuple[str, int], builder: Builder
) -> None:
    file, number = place
    try:
        shape = read_shape(record)
    except NumberFaultError as fault:
        builder.blocked(fault.check, f"{file}, annotation {number}: {fault}.", file, number, image[0])
        return
    if shape.dropped:
        message = f"{file}, annotation {number}: {shape.dropped}; the box was kept."
        builder.look("bad-segmentation", message, file, number, image[0])
    builder.add(image[1], category, shape.box_xyxy, file, number, shape.area, shape.is_crowd, shape.segmentation)


def _note_repeated(key: str | None, seen: set[str], file: str, number: int, builder: Builder) -> None:
    if key is not None and key in seen:
        builder.fixed(
            "duplicate-id", f"{file}, annotation {number}: id {shown(key)} again; numbered anew.", file, number
        )
    if key is not None:
        seen.add(key)


def _categories(file: str, document: dict[str, Any], table: ClassTable, builder: Builder) -> dict[str, int]:
    """Category id as written -> class index; classes are joined by name over all files."""
    found: dict[str, int] = {}
    for number, record in records(file, document, "categories", builder):
        key = key_of(record.get("id"))
        if key is None:
            builder.blocked("malformed-line", f"{file}, category {number}: no usable `id`.", file, number)
            continue
        name = str(record.get("name") or "").strip()[:NAME_LENGTH] or f"class {key}"
        table.add(name, key)
        index = table.by_name(name)
        if found.setdefault(key, index) != index:
            message = f"{file}, category {number}: id {shown(key)} again, for another class ({shown(name)})."
            builder.blocked("ambiguous-id", message, file, number)
    return found


def _images(tree: SourceTree, file: str, document: dict[str, Any], builder: Builder) -> dict[str, str | None]:
    """Image id as written -> the image's path, None where the image is not in the tree."""
    found: dict[str, str | None] = {}
    split = _split(file)
    for number, record in records(file, document, "images", builder):
        key, name = key_of(record.get("id")), str(record.get("file_name") or "").strip()
        if key is None or not name or "\0" in name:
            builder.blocked("malformed-line", f"{file}, image {number}: no usable `id` or `file_name`.", file, number)
            continue
        image = tree.find_image(name, beside=file)
        if key in found:
            _note_image_id(found[key] == image, key, file, number, builder)
            continue
        found[key] = image
        if image is None:
            message = f"{file}, image {number}: {shown(name, 120)} is not here."
            builder.blocked("missing-image", message, file, number)
            builder.unmatched_labels.append(name[:NAME_LENGTH])
            continue
        image_id = builder.image(image)
        builder.claim_size(image_id, read_size(record.get("width")), read_size(record.get("height")))
        if split and builder.claim_split(image_id, split) != split:
            builder.look(
                "two-splits", f"{image} is in another split's file too; the first one holds.", file, number, image
            )
    return found


def _note_image_id(is_same: bool, key: str, file: str, number: int, builder: Builder) -> None:
    if is_same:
        builder.fixed("duplicate-id", f"{file}, image {number}: id {shown(key)} listed again; used once.", file, number)
    else:
        message = f"{file}, image {number}: id {shown(key)} again, for another image: whose objects are they?"
        builder.blocked("ambiguous-id", message, file, number)
