"""Checks of images. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from core.labels.checks.check_input import Subject, of_images
from core.labels.findings import Finding, Severity
from core.labels.images.bit_range import bit_range_of, range_in_words
from core.labels.images.exif import TURN_NAMES, turn_boxes

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
    if not (subject.labels.images[["width", "height"]].to_numpy() > 0).any():
        return iter(())
    claimed = subject.labels.images.set_index("image_id").loc[subject.facts["image_id"], ["width", "height"]]
    claims = claimed.to_numpy()
    facts = subject.facts
    raw = facts["image_id"].map(lambda key: subject.repaired.turned.get(key, (False, ""))[0]).to_numpy(dtype=bool)
    real = np.where(raw[:, None], facts[["raw_width", "raw_height"]], facts[["width", "height"]])
    mask = (claims > 0).all(axis=1) & (facts["problem"] == "").to_numpy() & (claims != real).any(axis=1)

    def words(fact: Any) -> str:
        width, height = claimed.loc[fact.image_id]
        real_size = f"{fact.width} x {fact.height}"
        is_scaled = fact.image_id in subject.repaired.scaled
        boxes = "boxes were scaled, as they fit only then" if is_scaled else "boxes stay as written"
        return f"is {real_size} px, but its labels claim {width} x {height}; {boxes}."

    return of_images(subject, mask, "size-differs", Severity.FIXED, words)


def mixed_sizes(subject: Subject) -> Iterator[Finding]:
    """One finding if the largest image is several times as long as the smallest; it names both."""
    facts = subject.facts[(subject.facts["problem"] == "") & (subject.facts["width"] > 0)]
    if facts.empty:
        return
    longest = facts[["width", "height"]].max(axis=1)
    small, large = facts.loc[longest.idxmin()], facts.loc[longest.idxmax()]
    times = longest.max() / longest.min()
    if times <= subject.thresholds.mixed_sizes:
        return
    names = subject.sources
    # The one of the two that is further from the median is the likelier outlier.
    middle = longest.median()
    odd = small if middle / longest.min() > longest.max() / middle else large
    source = names[odd["image_id"]]
    message = (
        f"{names[large['image_id']]} ({large['width']} x {large['height']} px) is {times:.1f} times as long as "
        f"{names[small['image_id']]} ({small['width']} x {small['height']} px)."
    )
    yield Finding(check="mixed-sizes", severity=Severity.LOOK, message=message, file=source, image=source)


def crowded_image(subject: Subject) -> Iterator[Finding]:
    """Images with very many objects."""
    rows = subject.image_rows[subject.repaired.is_kept]
    counts = np.bincount(rows, minlength=len(subject.facts))
    number_of = dict(zip(subject.facts["image_id"].tolist(), counts.tolist(), strict=True))
    mask = counts > subject.thresholds.crowded_image
    return of_images(
        subject, mask, "crowded-image", Severity.LOOK, lambda fact: f"holds {number_of[fact.image_id]:,} objects."
    )


def beyond_coco_cap(subject: Subject) -> Iterator[Finding]:
    """Images with more objects of one class than COCO's metrics count; crowd regions are not counted there."""
    cap = subject.thresholds.beyond_coco_cap
    is_counted = subject.repaired.is_kept & ~subject.labels.annotations["is_crowd"].to_numpy(dtype=bool)
    in_image = np.bincount(subject.image_rows[is_counted], minlength=len(subject.facts))
    # Grouping takes long, and hardly any image has as many objects of all classes together.
    is_counted &= (in_image > cap)[subject.image_rows]
    objects = subject.labels.annotations.loc[is_counted, ["image_id", "category_id"]]
    counts = objects.groupby(["image_id", "category_id"]).size()
    beyond = counts[counts > cap].sort_values(kind="stable").reset_index(name="count")
    fullest = beyond.drop_duplicates("image_id", keep="last").set_index("image_id")
    names = subject.labels.class_names

    def words(fact: Any) -> str:
        row = fullest.loc[fact.image_id]
        return f"holds {row['count']:,} objects of {names[row['category_id']]}; COCO's metrics count {cap:g} of them."

    mask = subject.facts["image_id"].isin(fullest.index).to_numpy(dtype=bool)
    return of_images(subject, mask, "beyond-coco-cap", Severity.LOOK, words)
