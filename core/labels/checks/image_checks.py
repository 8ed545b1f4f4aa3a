"""Checks of images. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from core.labels.checks.check_input import Subject, of_images
from core.labels.findings import Finding, Severity
from core.labels.images.exif import TURN_NAMES

# COCO's metrics and Detectron2's defaults keep this many detections an image.
_CROWDED: Final = 100


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
