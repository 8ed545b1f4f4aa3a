"""Checks of images. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.labels.checks.check_input import Subject, of_images
from core.labels.findings import Finding, Severity
from core.labels.images.exif import TURN_NAMES


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
    return of_images(subject, mask, "image-converted", Severity.FIXED, lambda fact: f"{fact.conversion}.")


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
    objects = subject.labels.annotations[subject.repaired.is_kept & ~subject.labels.annotations["is_crowd"].to_numpy()]
    counts = objects.groupby(["image_id", "category_id"]).size()
    cap = subject.thresholds.beyond_coco_cap
    beyond = counts[counts > cap].sort_values(kind="stable").reset_index(name="count")
    fullest = beyond.drop_duplicates("image_id", keep="last").set_index("image_id")
    names = subject.labels.class_names

    def words(fact: Any) -> str:
        row = fullest.loc[fact.image_id]
        return f"holds {row['count']:,} objects of {names[row['category_id']]}; COCO's metrics count {cap:g} of them."

    mask = subject.facts["image_id"].isin(fullest.index).to_numpy(dtype=bool)
    return of_images(subject, mask, "beyond-coco-cap", Severity.LOOK, words)
