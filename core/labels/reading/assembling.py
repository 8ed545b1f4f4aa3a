"""Puts the parts of a source together: one table of images, one of objects, one of classes, and the accounts."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.boxes import area_xyxy
from core.labels.findings import Finding, Severity
from core.labels.formats.group_keys import format_words
from core.labels.images.header_sizes import ImageSizes
from core.labels.label_set import LabelSet
from core.labels.reading.accounts import Account, Accounts
from core.labels.reading.attributes import attribute_table, image_attributes, object_attributes
from core.labels.reading.claims import Claims
from core.labels.reading.classes import ClassTable
from core.labels.reading.ignored_regions import ignored_regions
from core.labels.reading.masks import masks_of
from core.labels.reading.part import Part
from core.labels.reading.reading import Reading
from core.labels.reading.split_lists import IMPORTED, SplitEntries, folder_splits
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.splits_of_names import split_of_name
from core.tables import ANNOTATIONS, BOX_COLUMNS, CATEGORIES, IMAGES, from_columns

# Of one kind, that a source may add.
_MOST_FINDINGS = 1_000


@dataclass(slots=True, kw_only=True)
class _Assembler:
    tree: SourceTree
    parts: list[Part]
    images: list[str]
    sizes: ImageSizes
    findings: list[Finding]
    image_id: dict[str, int] = field(default_factory=dict)
    claimed: dict[str, tuple[int, int]] = field(default_factory=dict)
    stated_split: dict[str, str] = field(default_factory=dict)
    with_objects: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    entered: set[str] = field(default_factory=set)


def assemble(
    *, tree: SourceTree, claims: Claims, parts: list[Part], images: list[str], companions: dict[str, str],
    sizes: ImageSizes, table: ClassTable, splits: SplitEntries, findings: list[Finding], format_id: str,
) -> Reading:  # fmt: skip
    """The reading of a source from its parts."""
    work = _Assembler(tree=tree, parts=parts, images=images, sizes=sizes, findings=findings)
    work.image_id = {image: number for number, image in enumerate(images, 1)}
    for part in parts:
        _see_entries(work, part)
    _report_unsized(work)
    annotations, attributes = _objects(work)
    split_of = _splits(work, splits)
    findings += splits.findings
    findings += _left_out_findings(parts, companions, claims)
    unmatched = [image for image in images if image not in work.entered]
    objects = _object_account(parts)
    turned = {
        work.image_id[image]: why
        for part in parts
        for image, why in part.settled.turned.items()
        if image in work.image_id
    }
    scaled = {work.image_id[image]: size for part in parts for image, size in part.settled.scaled.items()}
    return Reading(
        format=format_id,
        label_set=LabelSet(
            images=_image_table(work, split_of), annotations=annotations, categories=_category_table(table.categories)
        ),
        findings=findings,
        evidence=_evidence(parts),
        groups=[reading for part in parts for reading in part.settled.readings],
        attributes=attributes,
        ignored=ignored_regions(work.parts, work.image_id),
        accounts=Accounts(
            images=_image_account(tree, images, companions, parts),
            label_files=_file_account(parts, claims),
            objects=objects,
            split_entries=_split_account(splits),
        ),
        sizes=sizes,
        unmatched_images=unmatched,
        unmatched_labels=[name for part in parts for name in part.placed.orphans],
        has_splits=any(split_of.values()),
        label_files=sum(len(part.written.files) for part in parts),
        written=objects.found - sum(int(part.is_copy.sum()) for part in parts),
        written_per_class=_per_class(parts, table),
        lost=frozenset(work.lost),
        embedded=_embedded(parts),
        turned=turned,
        scaled=scaled,
        class_scopes=[scope for part in parts for scope in part.classified.scopes],
        annotators=sum((part.written.annotators for part in parts), Counter[str]()),
    )


def _see_entries(work: _Assembler, part: Part) -> None:
    """Notes of each image whether a label file speaks of it, what size and split it claims, and what was lost."""
    rows = Counter(part.written.entry)
    blocked = set(np.unique(part.entry[part.is_blocked]).tolist()) | {entry for entry, _ in part.written.unreadable}
    unread = Counter(entry for entry, _ in part.written.unreadable)
    for number, (entry, image) in enumerate(zip(part.written.entries, part.placed.images, strict=True)):
        if not image:
            continue
        work.entered.add(image)
        if entry.width > 0 and entry.height > 0:
            work.claimed.setdefault(image, (entry.width, entry.height))
        split = split_of_name(entry.split)
        if split and work.stated_split.setdefault(image, split) != split:
            message = f"{image} is in another split's file too; the first one was used."
            finding = Finding(
                check="two-splits",
                severity=Severity.LOOK,
                message=message,
                file=entry.file,
                line=entry.line,
                image=image,
            )
            work.findings.append(finding)
        if rows[number] or unread[number]:
            work.with_objects.add(image)
        elif entry.is_annotated and entry.file not in part.written.unreadable_files:
            work.empty.add(image)
        if number in blocked or entry.file in part.written.unreadable_files:
            work.lost.add(image)


def _report_unsized(work: _Assembler) -> None:
    for image in sorted(work.with_objects & set(work.sizes.problems)):
        message = f"{image}: {work.sizes.problems[image]}; its objects cannot be placed."
        finding = Finding(check="unreadable-image", severity=Severity.BLOCKS, message=message, file=image, image=image)
        work.findings.append(finding)


def _objects(work: _Assembler) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The annotations and attributes tables of all parts."""
    tables, attributes, first = [], [], 1
    for part in work.parts:
        rows = np.flatnonzero(part.is_kept & np.isin(part.entry, _entries_with_image(work, part)))
        if part.written.is_indexed:
            order = np.lexsort((np.frombuffer(part.written.line, dtype=np.int64)[rows], part.entry[rows]))
            rows = rows[order]
        table = _annotations(work, part, rows, first)
        tables.append(table)
        attributes += [*image_attributes(part, work.image_id), *object_attributes(part, rows, first, table)]
        first += len(rows)
    frame = (
        pd.concat(tables, ignore_index=True)
        if tables
        else from_columns(ANNOTATIONS, {name: [] for name in ANNOTATIONS})
    )
    return frame, attribute_table(attributes)


def _entries_with_image(work: _Assembler, part: Part) -> np.ndarray:
    return np.array([n for n, image in enumerate(part.placed.images) if image in work.image_id], dtype=np.int64)


def _annotations(work: _Assembler, part: Part, rows: np.ndarray, first: int) -> pd.DataFrame:
    boxes = part.settled.boxes_xyxy[rows]
    listed = rows.tolist()
    masks = masks_of(part, listed)
    _report_masks(work, part, masks.unusable)
    box_areas = area_xyxy(boxes)
    ids = np.array([work.image_id.get(image, 0) for image in part.placed.images], dtype=np.int64)
    # As the table's type: to take from it is quicker than to make a text for each object.
    files = pd.array([entry.file for entry in part.written.entries], dtype=ANNOTATIONS["source_file"])
    entries = part.entry[rows]
    columns = {
        "annotation_id": np.arange(first, first + len(rows)),
        "image_id": ids[entries] if len(ids) else [],
        "category_id": part.classified.category[rows],
        **{name: boxes[:, side] for side, name in enumerate(BOX_COLUMNS)},
        "area": np.where(np.isnan(masks.areas), box_areas, masks.areas),
        "is_crowd": np.isin(rows, list(part.written.crowd)),
        "segmentation": masks.texts,
        "source_file": files.take(entries) if len(files) else [],
        "source_line": np.frombuffer(part.written.line, dtype=np.int64)[rows],
    }
    return from_columns(ANNOTATIONS, columns)


def _report_masks(work: _Assembler, part: Part, unusable: dict[int, str]) -> None:
    """A finding for each mask that fits no image; its object keeps the box."""
    for row, words in list(unusable.items())[:_MOST_FINDINGS]:
        number = part.written.entry[row]
        file, line = part.written.entries[number].file, part.written.line[row]
        # The evaluation of files says the same of COCO's records.
        record = "annotation" if part.written.format == "coco" else "line" if part.written.is_indexed else "object"
        finding = Finding(
            check="bad-segmentation", severity=Severity.LOOK, message=f"{file}, {record} {line}: {words}.", file=file,
            line=line, image=part.placed.images[number],
        )  # fmt: skip
        work.findings.append(finding)


def _splits(work: _Assembler, splits: SplitEntries) -> dict[str, str]:
    """The split of each image: as its label file states, else as a list says, else by its folder."""
    split_of = {image: work.stated_split.get(image) or splits.split_of.get(image, "") for image in work.images}
    if not {"train"} < set(split_of.values()) - {""}:
        by_folder = folder_splits(work.images)
        split_of = {image: by_folder.get(image, "") for image in work.images}
    # A `test` folder alone, or a list of only the training part, is no split.
    if not {"train"} < set(split_of.values()) - {""}:
        return dict.fromkeys(work.images, "")
    out = [image for image in work.images if not split_of[image] and image in work.entered]
    for image in out[:200]:
        message = f"{image} is in no split: no list, label file or folder says one."
        work.findings.append(
            Finding(check="in-no-split", severity=Severity.LOOK, message=message, file=image, image=image)
        )
    return split_of


def _image_table(work: _Assembler, split_of: dict[str, str]) -> pd.DataFrame:
    sizes = [work.claimed.get(image, (0, 0)) for image in work.images]
    columns = {
        "image_id": list(work.image_id.values()),
        "file_name": work.images,
        "width": [width for width, _ in sizes],
        "height": [height for _, height in sizes],
        "split": [split_of[image] for image in work.images],
        "use": [_use(work, image) for image in work.images],
        "source": work.images,
        "content_hash": [""] * len(work.images),
    }
    return from_columns(IMAGES, columns)


def _embedded(parts: list[Part]) -> tuple[str, ...]:
    entries = [
        (entry, image) for part in parts for entry, image in zip(part.written.entries, part.placed.images, strict=True)
    ]
    return tuple(dict.fromkeys(entry.file for entry, image in entries if entry.has_embedded_image and not image))


def _use(work: _Assembler, image: str) -> str:
    if image in work.with_objects:
        return "labelled"
    return "background" if image in work.empty and image not in work.lost else "unlabelled"


def _category_table(categories: list[tuple[str, str]]) -> pd.DataFrame:
    columns = {
        "category_id": range(len(categories)),
        "name": [name for name, _ in categories],
        "source_id": [source_id for _, source_id in categories],
    }
    return from_columns(CATEGORIES, columns)


def _evidence(parts: list[Part]) -> str:
    sentences = []
    for part in parts:
        files = len(part.written.files)
        counted = "1 label file" if files == 1 else f"{files:,} label files"
        sentences.append(part.written.evidence or f"{counted} of {format_words(part.written)}.")
        sentences += dict.fromkeys(reading.evidence for reading in part.settled.readings)
        sentences.append(part.classified.evidence)
    return " ".join(dict.fromkeys(sentence for sentence in sentences if sentence))


def _left_out_findings(parts: list[Part], companions: dict[str, str], claims: Claims) -> list[Finding]:
    findings = []
    for part in parts:
        for reason, count in part.written.left_out.most_common():
            message = f"{count:,} objects of {format_words(part.written)} label files were left out: {reason}."
            findings.append(Finding(check="left-out", severity=Severity.LOOK, message=message))
    for kind, count in Counter(companions.values()).items():
        first = next(image for image, its in companions.items() if its == kind)
        message = f"{count:,} images are {kind}, such as {first}; they were left out."
        findings.append(Finding(check="left-out", severity=Severity.LOOK, message=message, file=first))
    for path in claims.unknown[:200]:
        message = f"{path}: not a label file of a known format; it was left out."
        findings.append(Finding(check="left-out", severity=Severity.LOOK, message=message, file=path))
    return findings


def _object_account(parts: list[Part]) -> Account:
    """Objects found; `imported` are those handed on to the checks, which may leave out more."""
    account = Account()
    for part in parts:
        unread = len(part.written.unreadable)
        account.found += len(part.written.token) + unread + part.written.left_out.total()
        account.blocked += unread + int((part.is_blocked & ~part.is_copy).sum())
        account.imported += int(part.is_kept.sum())
        account.left_out.update(part.written.left_out)
        for name, count in part.copies.items():
            account.left_out[f"also in {name}"] += count
    return account


def _image_account(tree: SourceTree, images: list[str], companions: dict[str, str], parts: list[Part]) -> Account:
    blocked = len({image for part in parts for image in part.placed.unsupported})
    left_out = Counter(companions.values())
    if unread := len(tree.unsupported_images) - blocked:
        left_out["of a kind that is not read"] = unread
    found = len(tree.images) + len(tree.unsupported_images)
    return Account(found=found, imported=len(images), blocked=blocked, left_out=left_out)


def _file_account(parts: list[Part], claims: Claims) -> Account:
    account = Account(
        found=len(claims.unknown), left_out=Counter({"no label file of a known format": len(claims.unknown)})
    )
    for part in parts:
        placed: dict[str, bool] = {}
        for entry, image in zip(part.written.entries, part.placed.images, strict=True):
            placed[entry.file] = placed.get(entry.file, False) or bool(image)
        blocking = {f.file for f in (*part.written.findings, *part.placed.findings) if f.severity is Severity.BLOCKS}
        account.found += len(part.written.files)
        for file in part.written.files:
            if reason := part.written.left_out_files.get(file):
                account.left_out[reason] += 1
            elif file in part.written.unreadable_files or (not placed.get(file) and file in blocking):
                account.blocked += 1
            elif placed.get(file):
                account.imported += 1
            else:
                account.left_out["no image and no object" if file in placed else "nothing to import"] += 1
    return account


def _split_account(splits: SplitEntries) -> Account:
    counts = Counter(splits.counts)
    imported = counts.pop(IMPORTED, 0)
    return Account(found=imported + counts.total(), imported=imported, left_out=counts)


def _per_class(parts: list[Part], table: ClassTable) -> Counter[str]:
    """Objects by class name, or by token if the class has none."""
    counts: Counter[str] = Counter()
    names = [name for name, _ in table.categories]
    for part in parts:
        category = part.classified.category[~part.is_copy]
        for number, count in enumerate(np.bincount(category[category >= 0], minlength=len(names)).tolist()):
            counts[names[number]] += count
        for row in np.flatnonzero((part.classified.category < 0) & ~part.is_copy).tolist():
            counts[part.written.token[row]] += 1
        for entry, token in part.written.unreadable:
            if token:
                index = part.classified.index_of(entry, token) if entry >= 0 else None
                counts[token if index is None else names[index]] += 1
    return counts
