"""Reads a source: every format in it, by one set of rules (docs/reading.md)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from core.errors import UploadError
from core.labels.findings import Finding
from core.labels.formats import READERS
from core.labels.formats.base import Reader
from core.labels.formats.group_keys import make_keys_unique, row_kinds
from core.labels.formats.labelstudio import reader as labelstudio
from core.labels.formats.rows import reader as rows_reader
from core.labels.formats.rows.reader import FORMAT_ID as ROWS
from core.labels.formats.written import Unit, Written
from core.labels.images.header_sizes import ImageSizes, read_sizes
from core.labels.reading.agreeing import compare_parts
from core.labels.reading.assembling import assemble
from core.labels.reading.claims import Claims, claim_files, format_ids, reader_of
from core.labels.reading.class_lists import ClassLists, read_class_lists
from core.labels.reading.classes import ClassTable, classify
from core.labels.reading.companions import companions, in_named_folders
from core.labels.reading.examples import take_examples
from core.labels.reading.options import ReadOptions
from core.labels.reading.part import Part, join
from core.labels.reading.placing import Placed, place
from core.labels.reading.reading import Reading
from core.labels.reading.settled import Settled
from core.labels.reading.settling import KEYS_OF_PARTS, settle
from core.labels.reading.source_findings import no_images, passed_links, source_findings
from core.labels.reading.split_lists import read_split_lists
from core.labels.reading.unclear_rows import add_unclear
from core.labels.reading.unused_choices import unused_choices
from core.labels.sources.file_kinds import UNREAD_REMEDY
from core.labels.sources.image_index import ImageIndex
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.yaml_description import Description, read_descriptions

_KITTI: Final = "KITTI"


def read_source(tree: SourceTree, options: ReadOptions) -> Reading:
    """Reads all labels of a source. Raises UploadError for an unknown format, and if nothing is recognised."""
    tree = replace(tree, encodings=dict(options.encodings))
    claims = claim_files(tree, options.format)
    descriptions = read_descriptions(tree)
    lists = read_class_lists(tree, descriptions, claims.unknown, options.class_lists)
    _refuse_nothing(tree, claims, options)
    claimed = [(reader.FORMAT_ID, files) for reader in READERS if (files := claims.files_of.get(reader.FORMAT_ID))]
    written = [part for format_id, files in claimed for part in _read(tree, format_id, files, options)]
    make_keys_unique(written, KEYS_OF_PARTS)
    index = ImageIndex(
        images=tree.images,
        unsupported=tree.unsupported_images,
        accompanying=in_named_folders(tree.images),
    )
    placed = [place(part, index) for part in written]
    labelled = {image for part in placed for image in part.images if image}
    accompany = companions(tree.images, labelled)
    images = [image for image in tree.images if image not in accompany]
    sizes = read_sizes(tree, images)
    table = ClassTable()
    parts = [_part(part, sizes, lists, options, table) for part in placed]
    spoken_of = {image for part in placed for image in part.unsupported}
    findings = [*source_findings(tree, spoken_of), *lists.findings, *_findings_of(parts)]
    findings += compare_parts(parts)
    class_names = [name for name, _ in table.categories]
    add_unclear(parts, class_names)
    take_examples(parts, class_names)
    findings += unused_choices(options, parts)
    splits = read_split_lists(tree, descriptions, index)
    return assemble(
        tree=tree, claims=claims, parts=parts, images=images, companions=accompany, sizes=sizes, table=table,
        splits=splits, findings=findings, format_id=_format_of(parts, descriptions, options),
    )  # fmt: skip


def _read(tree: SourceTree, format_id: str, files: list[str], options: ReadOptions) -> Iterable[Written]:
    """What a reader reads. If it fails, its files are read one by one, and those that it cannot read are named."""
    reader = reader_of(format_id)
    try:
        yield _read_with(reader, tree, files, options)
    except Exception:
        for file in files:
            yield _read_alone(reader, tree, file, options)


def _read_alone(reader: Reader, tree: SourceTree, file: str, options: ReadOptions) -> Written:
    try:
        return _read_with(reader, tree, [file], options)
    except Exception as error:
        written = Written(format=reader.FORMAT_ID, files=[file])
        message = f"{file}: cannot be read as {reader.FORMAT_ID} ({type(error).__name__}). This is a bug in the reader."
        written.refuse_file(file, message)
        return written


def _read_with(reader: Reader, tree: SourceTree, files: list[str], options: ReadOptions) -> Written:
    if options.annotator and reader.FORMAT_ID == labelstudio.FORMAT_ID:
        return labelstudio.read(tree, files, options.annotator)
    if reader.FORMAT_ID == ROWS:
        return rows_reader.read(tree, files, row_kinds(dict(options.readings)))
    return reader.read(tree, files)


def _part(placed: Placed, sizes: ImageSizes, lists: ClassLists, options: ReadOptions, table: ClassTable) -> Part:
    settled = settle(placed, sizes, dict(options.readings), options.coordinates)
    classified = classify(placed.part, lists, options.names, options.first_id, table)
    return join(placed.part, placed, settled, classified, sizes)


def _findings_of(parts: list[Part]) -> list[Finding]:
    """The findings of all steps, each with the image that its place means."""
    findings: list[Finding] = []
    for part in parts:
        made = [*part.written.findings, *part.placed.findings, *part.settled.findings, *part.classified.findings]
        image_of = _images_of_places(part) if made else {}
        for finding in made:
            image = finding.image or image_of.get((finding.file, finding.line)) or image_of.get((finding.file, 0), "")
            findings.append(replace(finding, image=image) if image else finding)
    return findings


def _images_of_places(part: Part) -> dict[tuple[str, int], str]:
    """The image that a label file, or an object at a line of it, means; not for files of several images."""
    images: dict[tuple[str, int], str] = {}
    several: dict[str, set[str]] = {}
    for stated, image in zip(part.written.entries, part.placed.images, strict=True):
        several.setdefault(stated.file, set()).add(image)
    for file, named in several.items():
        if len(named) == 1:
            images[file, 0] = next(iter(named))
    for row, entry in enumerate(part.written.entry):
        images.setdefault((part.written.entries[entry].file, part.written.line[row]), part.placed.images[entry])
    return images


def _format_of(parts: list[Part], descriptions: list[Description], options: ReadOptions) -> str:
    """The formats of a source in words: `voc and yolo`."""
    if options.format != "auto":
        return options.format
    names = [_row_format(part.settled, descriptions) if part.written.format == ROWS else part.written.format
             for part in parts if part.written.entries]  # fmt: skip
    return " and ".join(dict.fromkeys(names)) or "none"


def _row_format(settled: Settled, descriptions: list[Description]) -> str:
    readings = [reading for reading in settled.readings if reading.objects]
    if not readings:
        return "yolo" if descriptions else "text"
    largest = max(readings, key=lambda reading: reading.objects)
    if _KITTI in largest.what:
        return "kitti"
    return "text" if largest.frame.unit is Unit.PX else "yolo"


def _refuse_nothing(tree: SourceTree, claims: Claims, options: ReadOptions) -> None:
    """Raise UploadError for a source without images, or without anything that a reader reads."""
    nothing, remedy = no_images(tree), f" {UNREAD_REMEDY}" if tree.unsupported_images else ""
    if claims.files_of and not tree.images:
        message = f"There are labels, but {nothing}.{passed_links(tree)}"
        raise UploadError(message, f"Add the images that the labels belong to, as files.{remedy}")
    if claims.files_of:
        return
    unread = _named("file", claims.unknown) + _named("archive", tree.archives)
    if tree.images:
        raise UploadError(
            f"There are {len(tree.images):,} images, but no label files of a known format.{unread}{passed_links(tree)}",
            f"Known formats: {', '.join(format_ids())}. Check that the label files are in the upload.",
        )
    message = f"There are {nothing} and no label files in this.{unread}{passed_links(tree)}"
    packed = "Unpack the archives, or pack them into one."
    raise UploadError(message, f"{packed if tree.archives else 'Give a folder or an archive with both.'}{remedy}")


def _named(what: str, files: list[str]) -> str:
    """A sentence about files that are not read; "" for none."""
    if not files:
        return ""
    return f" Not read: {len(files):,} {what}{'s'[: len(files) > 1]}, such as {files[0]}."
