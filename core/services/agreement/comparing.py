"""Two people's labels of the same images: two data sets, or two versions of one, compared by the one matching."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import AppError
from core.evaluation.agreement import Agreement, ClassAgreement, Kind, agree
from core.evaluation.ignored_regions import with_regions
from core.files import atomic_writer
from core.labels.same_images import join_images
from core.services.datasets.listing import open_version
from core.services.datasets.opened import OpenVersion
from core.settings import Settings
from core.storage_errors import writing
from core.tables import BOX_COLUMNS

Classes = npt.NDArray[np.int64]
_FORMULA: Final = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The labels of two people on the images that both have labelled.

    `images` has `image_id`, `second_image_id`, `file_name`, `width`, `height` of each such image and `differing`, the
    number of places where the two differ. Image ids in `agreement` are the first's, classes go by `names`.
    `first_only` and `second_only` count images that the other does not have, `not_labelled` those that one of the two
    has not labelled.
    """

    first: OpenVersion
    second: OpenVersion
    names: tuple[str, ...]
    images: pd.DataFrame
    first_only: int
    second_only: int
    not_labelled: int
    agreement: Agreement
    notes: tuple[str, ...]


def compare_labels(
    settings: Settings, first: str, second: str, first_version: str = "", second_version: str = "", iou: float = 0.5
) -> Compared:
    """Compare two data sets by id or name, or two versions of one (the newest by default), at an IoU.

    Images are the same if their stored content is, or else if they have the same name and size; classes if their names
    are, without regard to case. Raises NotFoundError; AppError if both are the same version or share no labelled image.
    """
    left, right = open_version(settings, first, first_version), open_version(settings, second, second_version)
    if (left.dataset, left.version) == (right.dataset, right.version):
        raise AppError(f"Both are {left.name} {left.version}.", "Choose two versions, or two data sets.")
    joined = join_images(left.labels.images, right.labels.images)
    labelled = joined[(joined["use"] != "unlabelled") & (joined["second_use"] != "unlabelled")].reset_index(drop=True)
    if labelled.empty:
        raise AppError(
            f"{left.name} and {right.name} have no image that both have labelled.",
            "Import the two people's labels with the same images.",
        )
    names, joint = _classes(left.labels.class_names, right.labels.class_names)
    of_first = with_regions(left.labels.annotations, left.labels.ignored)
    of_first = of_first[of_first["image_id"].isin(labelled["image_id"])].reset_index(drop=True)
    agreement = agree(of_first, _of_second(right, labelled, joint), names, iou)
    differing = agreement.differences["image_id"].value_counts()
    columns = ["image_id", "second_image_id", "file_name", "width", "height"]
    return Compared(
        first=left,
        second=right,
        names=names,
        images=labelled[columns].assign(differing=labelled["image_id"].map(differing).fillna(0).astype("int64")),
        first_only=len(left.labels.images) - len(joined),
        second_only=len(right.labels.images) - len(joined),
        not_labelled=len(joined) - len(labelled),
        agreement=agreement,
        notes=tuple(_notes(left, right)),
    )


def agreement_json(compared: Compared) -> dict[str, Any]:
    """The document of `agreement` (docs/cli.md)."""
    result, names = compared.agreement, compared.names
    kinds = Counter(result.differences["kind"])
    return {
        "first": _side_json(compared.first, result.together.first),
        "second": _side_json(compared.second, result.together.second),
        "iou": result.iou,
        "images": len(compared.images),
        "first_only": compared.first_only,
        "second_only": compared.second_only,
        "not_labelled": compared.not_labelled,
        **{name: value for name, value in _class_json(result.together).items() if name != "name"},
        "per_class": [_class_json(row) for row in result.per_class],
        "mixed": [
            {"first": names[first], "second": names[second], "objects": count}
            for (first, second), count in result.mixed.items()
        ],
        "differences": {kind: kinds[kind] for kind in Kind},
        "notes": list(compared.notes),
    }


def write_differences(compared: Compared, path: Path) -> None:
    """Write the places where the labels differ as CSV for a spreadsheet. Raises StorageError."""
    with writing(path), atomic_writer(path) as handle:
        handle.write(differences_csv(compared))


def differences_csv(compared: Compared) -> bytes:
    """One row for each place where the labels differ, in UTF-8 with a mark. Boxes are corners in px."""
    frame = compared.agreement.differences
    names = pd.Series([*compared.names, ""], index=[*range(len(compared.names)), -1])
    files = compared.images.set_index("image_id")["file_name"]
    table = pd.DataFrame(
        {
            "file": frame["image_id"].map(files),
            "kind": frame["kind"],
            "first_class": frame["first_class"].map(names),
            "second_class": frame["second_class"].map(names),
            "iou": frame["iou"],
            **{f"{side}_{name}": frame[f"{side}_{name}"] for side in ("first", "second") for name in BOX_COLUMNS},
        }
    )
    for column in ("file", "first_class", "second_class"):
        texts = table[column].astype(str)
        # A spreadsheet would take such a text for a formula.
        table[column] = texts.where(~texts.str.startswith(_FORMULA), "'" + texts)
    return table.to_csv(index=False).encode("utf-8-sig")


def _classes(first: list[str], second: list[str]) -> tuple[tuple[str, ...], Classes]:
    """The names of both, those that only the second has last, and (K,) the places of the second's K classes in them."""
    place = {name.strip().casefold(): key for key, name in enumerate(first)}
    names = list(first)
    of_second = []
    for name in second:
        folded = name.strip().casefold()
        if folded not in place:
            place[folded] = len(names)
            names.append(name)
        of_second.append(place[folded])
    return tuple(names), np.array(of_second, dtype=np.int64)


def _of_second(other: OpenVersion, images: pd.DataFrame, classes: Classes) -> pd.DataFrame:
    """The second's objects and ignored regions on the joined images, by the first's image ids and the joint classes.

    Args: classes (K,), the joint class of each of the second's.
    """
    rows = with_regions(other.labels.annotations, other.labels.ignored)
    place = pd.Series(images["image_id"].to_numpy(), index=images["second_image_id"])
    rows = rows[rows["image_id"].isin(place.index)]
    keys = rows["category_id"].to_numpy(dtype=np.int64)
    joint = np.where(keys >= 0, np.append(classes, -1)[keys], keys)
    return rows.assign(image_id=rows["image_id"].map(place).astype("int64"), category_id=joint).reset_index(drop=True)


def _notes(first: OpenVersion, second: OpenVersion) -> list[str]:
    """Classes that only one of the two has."""
    notes = []
    for side, other in ((first, second), (second, first)):
        theirs = {name.strip().casefold() for name in other.labels.class_names}
        if alone := [name for name in side.labels.class_names if name.strip().casefold() not in theirs]:
            notes.append(f"Only {side.name} {side.version} has: {', '.join(alone)}.")
    return notes


def _side_json(side: OpenVersion, objects: int) -> dict[str, Any]:
    return {"dataset": side.dataset, "name": side.name, "version": side.version, "objects": objects}


def _class_json(row: ClassAgreement) -> dict[str, Any]:
    return {
        "name": row.name,
        "objects_first": row.first,
        "objects_second": row.second,
        "both": row.both,
        "agreement": row.agreement,
        "mean_iou": row.iou,
        "ap": row.ap,
    }
