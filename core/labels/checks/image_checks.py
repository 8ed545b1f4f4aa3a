"""Checks of images. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from core.labels.checks.check_input import Subject, of_images
from core.labels.findings import Finding, Severity
from core.labels.images.bit_range import bit_range_of, range_in_words
from core.labels.images.exif import TURN_NAMES, turn_boxes

# COCO's metrics and Detectron2's defaults keep this many detections an image.
_CROWDED: Final = 100
# Objects that a finding about their image names.
_NAMED: Final = 5


def missing_image(subject: Subject) -> Iterator[Finding]:
    """Images that labels name and that are missing."""
    mask = subject.facts["is_missing"].to_numpy(dtype=bool)
    return of_images(subject, mask, "missing-image", Severity.BLOCKS, lambda _: "is missing.")


def unreadable_image(subject: Subject) -> Iterator[Finding]:
    """Images that cannot be decoded to the end."""
    facts = subject.facts
    mask = ((facts["problem"] != "") & ~facts["is_missing"]).to_numpy(dtype=bool)
    return of_images(subject, mask, "unreadable-image", Severity.BLOCKS, lambda fact: f"is unreadable: {fact.problem}.")


def exif_turn(subject: Subject) -> Iterator[Finding]:
    """Images that the camera stored turned."""
    turned = subject.repaired.turned
    mask = subject.facts["image_id"].isin(turned.keys()).to_numpy(dtype=bool)

    def words(fact: Any) -> str:
        return f"is {TURN_NAMES[fact.orientation]} by its EXIF data and is stored upright; {turned[fact.image_id][1]}."

    return of_images(subject, mask, "exif-turn", Severity.FIXED, words)


def image_converted(subject: Subject) -> Iterator[Finding]:
    """Images that browsers or training cannot read without conversion."""
    mask = (subject.facts["conversion"] != "").to_numpy(dtype=bool)
    bit_range = subject.bit_range or bit_range_of(subject.facts)

    def words(fact: Any) -> str:
        return f"{fact.conversion}{f' ({range_in_words(bit_range)})' if bit_range and fact.is_deep else ''}."

    return of_images(subject, mask, "image-converted", Severity.FIXED, words)


def cut_off_image(subject: Subject) -> Iterator[Finding]:
    """Images whose file ends too early, but lacks few rows; with the objects that lie in these rows."""
    mask = (subject.facts["is_cut_off"] & (subject.facts["problem"] == "")).to_numpy(dtype=bool)

    def words(fact: Any) -> str:
        if not fact.missing_rows:
            return "is cut off within its last rows; it is stored as it was decoded."
        share = fact.missing_rows / fact.raw_height
        what = f"is cut off: the last {fact.missing_rows:,} of {fact.raw_height:,} rows ({share:.1%}) are missing"
        objects = _objects_in_missing_rows(subject, fact)
        there = f"; objects there: {', '.join(objects)}" if objects else ""
        return f"{what}, and it is stored as it was decoded{there}."

    return of_images(subject, mask, "cut-off-image", Severity.FIXED, words)


def _objects_in_missing_rows(subject: Subject, fact: Any) -> list[str]:
    """The first objects that reach into the missing rows: class and box."""
    size = (fact.raw_width, fact.raw_height)
    region = np.array([[0, fact.raw_height - fact.missing_rows, *size]], dtype=np.float64)
    x1, y1, x2, y2 = turn_boxes(region, fact.orientation, *size)[0]
    is_there = (subject.labels.annotations["image_id"] == fact.image_id).to_numpy() & subject.repaired.is_kept
    boxes = subject.repaired.boxes_xyxy
    is_there &= (boxes[:, 0] < x2) & (boxes[:, 2] > x1) & (boxes[:, 1] < y2) & (boxes[:, 3] > y1)
    names, rows = subject.labels.class_names, np.flatnonzero(is_there)
    classes = subject.labels.annotations["category_id"].to_numpy()
    said = [f"{names[classes[row]]} ({', '.join(f'{value:.0f}' for value in boxes[row])})" for row in rows[:_NAMED]]
    return [*said, f"{len(rows) - _NAMED:,} more"] if len(rows) > _NAMED else said


def exif_unreadable(subject: Subject) -> Iterator[Finding]:
    """Images whose EXIF data are broken."""
    mask = (subject.facts["exif_fault"] != "").to_numpy(dtype=bool)
    return of_images(
        subject,
        mask,
        "exif-unreadable",
        Severity.LOOK,
        lambda fact: f"has EXIF data that cannot be read, and that are ignored: {fact.exif_fault}.",
    )


def size_differs(subject: Subject) -> Iterator[Finding]:
    """Images whose labels state another size than the file has (upright, or as stored if the labels refer to that)."""
    claimed = subject.labels.images.set_index("image_id").loc[subject.facts["image_id"], ["width", "height"]]
    claims = claimed.to_numpy()
    facts = subject.facts
    raw = facts["image_id"].map(lambda key: subject.repaired.turned.get(key, (False, ""))[0]).to_numpy(dtype=bool)
    real = np.where(raw[:, None], facts[["raw_width", "raw_height"]], facts[["width", "height"]])
    mask = (claims > 0).all(axis=1) & (facts["problem"] == "").to_numpy() & (claims != real).any(axis=1)

    def words(fact: Any) -> str:
        width, height = claimed.loc[fact.image_id]
        real_size = f"{fact.width} x {fact.height}"
        return f"is {real_size} px, but its labels claim {width} x {height}; boxes stay as written."

    return of_images(subject, mask, "size-differs", Severity.FIXED, words)


def duplicate_image(subject: Subject) -> Iterator[Finding]:
    """Images with the same pixels as an earlier one in the same split."""
    return _copies(subject, across=False)


def duplicate_across_splits(subject: Subject) -> Iterator[Finding]:
    """Images with the same pixels as one in another split (as the source splits them)."""
    return _copies(subject, across=True)


def _copies(subject: Subject, across: bool) -> Iterator[Finding]:
    readable = subject.facts[subject.facts["problem"] == ""]
    images = readable.merge(subject.labels.images[["image_id", "source", "split"]], on="image_id")
    copies = images[images.duplicated("pixels_hash", keep=False)]
    for _, group in copies.groupby("pixels_hash", sort=False):
        first = group.iloc[0]
        for row in group.iloc[1:].itertuples():
            if (row.split != first["split"]) != across:
                continue
            where = f" ({first['split'] or 'no split'}; this one: {row.split or 'no split'})" if across else ""
            check = "duplicate-across-splits" if across else "duplicate-image"
            message = f"{row.source} shows the same image as {first['source']}{where}."
            yield Finding(check=check, severity=Severity.LOOK, message=message, file=row.source, image=row.source)


def crowded_image(subject: Subject) -> Iterator[Finding]:
    """Images with more objects than detection keeps boxes."""
    annotations = subject.labels.annotations
    counts = annotations[subject.repaired.is_kept].groupby("image_id").size()
    counts = counts[counts > _CROWDED]
    mask = subject.facts["image_id"].isin(counts.index).to_numpy(dtype=bool)
    return of_images(
        subject, mask, "crowded-image", Severity.LOOK, lambda fact: f"holds {counts[fact.image_id]:,} objects."
    )
