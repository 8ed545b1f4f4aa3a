"""Changes the classes of a data set in a child version: rename, merge, drop, reorder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import pandas as pd

from core.actor import Actor
from core.errors import AppError
from core.figures.words.numbers import counted
from core.labels.imports.class_map import map_classes
from core.labels.label_set import LabelSet
from core.services.datasets.listing import open_version
from core.services.datasets.opened import OpenVersion
from core.services.versions.making import Change, ChildVersion, make_child
from core.settings import Settings

_KEY: Final = "classes_changed_by"  # of the request's hash in `difference`


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """What becomes of classes, by name.

    `names` maps classes to new names: two with one new name are merged, an empty one drops the class with its objects.
    `order` lists the first classes of the new order, by their new names; the others follow as they were.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The hash of the request."""
        request = {"names": sorted(self.names.items()), "order": list(self.order)}
        return hashlib.sha256(json.dumps(request).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """A class before the change: its objects and images, and its name after it ("": it is dropped)."""

    name: str
    objects: int
    images: int
    becomes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPreview:
    """What a change would do. `dropped` are objects that go; `emptied` images lose their last one: background."""

    dataset: str
    version: str
    rows: tuple[ClassRow, ...]
    classes: tuple[str, ...]  # after the change, in their order
    dropped: int
    emptied: int
    words: str

    def to_json(self) -> dict[str, Any]:
        """The document of `classes` without its version (docs/cli.md)."""
        return {**asdict(self), "rows": [asdict(row) for row in self.rows], "classes": list(self.classes)}


def preview_classes(settings: Settings, dataset: str, version: str, change: ClassChange) -> ClassPreview:
    """What the change of a version (the newest by default) would do. Raises AppError for one that cannot be made."""
    opened = open_version(settings, dataset, version)
    return _preview(opened, _changed(opened.labels, change), change)


def change_classes(
    settings: Settings, dataset: str, version: str, change: ClassChange, *, actor: Actor
) -> ChildVersion:
    """Make the child version with the change, or return the one that the same request made.

    Raises AppError if it cannot be made or changes nothing.
    """
    opened = open_version(settings, dataset, version)
    changed = _changed(opened.labels, change)
    preview = _preview(opened, changed, change)
    if not preview.words:
        raise AppError("Nothing would change.", "Rename, merge, drop or reorder classes.")
    more = {"dropped": preview.dropped, "class_names": dict(change.names)}
    made = Change(labels=changed, words=preview.words, more=more)
    return make_child(
        settings, opened.dataset, opened.version, lambda _: made, _KEY, change.digest, actor=actor
    )  # fmt: skip


def _changed(labels: LabelSet, change: ClassChange) -> LabelSet:
    """The labels with the change. An image that loses its last object is background."""
    mapped = _reordered(map_classes(labels, change.names), change.order)
    kept = mapped.annotations["annotation_id"]
    had = labels.images["image_id"].isin(labels.annotations["image_id"])
    has = labels.images["image_id"].isin(mapped.annotations["image_id"])
    uses = labels.images["use"].mask(had & ~has, "background")
    attributes = labels.attributes
    stays = (attributes["annotation_id"] == 0) | attributes["annotation_id"].isin(kept)
    return replace(
        mapped,
        images=labels.images.assign(use=uses),
        attributes=attributes[stays].reset_index(drop=True),
    )


def _reordered(labels: LabelSet, order: tuple[str, ...]) -> LabelSet:
    names = labels.class_names
    if len(set(order)) < len(order):
        raise AppError("The order names a class twice.", "Name each class once.")
    if missing := [name for name in order if name not in names]:
        raise AppError(f"There is no class {missing[0][:60]!r} to order.", f"The classes are: {', '.join(names)}.")
    wanted = [*order, *(name for name in names if name not in order)]
    index = {name: place for place, name in enumerate(wanted)}
    new_index = pd.Series([index[name] for name in names], index=labels.categories["category_id"])
    categories = labels.categories.assign(category_id=new_index.to_numpy()).sort_values(
        "category_id", ignore_index=True
    )
    annotations = labels.annotations
    return replace(
        labels,
        categories=categories,
        annotations=annotations.assign(category_id=annotations["category_id"].map(new_index).astype("int64")),
    )


def _preview(opened: OpenVersion, changed: LabelSet, change: ClassChange) -> ClassPreview:
    labels = opened.labels
    objects = labels.annotations.groupby("category_id").size()
    images = labels.annotations.groupby("category_id")["image_id"].nunique()
    rows = tuple(
        ClassRow(
            name=name,
            objects=int(objects.get(key, 0)),
            images=int(images.get(key, 0)),
            becomes=change.names.get(name, name).strip(),
        )
        for key, name in zip(labels.categories["category_id"], labels.class_names, strict=True)
    )
    dropped = len(labels.annotations) - len(changed.annotations)
    emptied = int(((labels.images["use"] != "background") & (changed.images["use"] == "background")).sum())
    return ClassPreview(
        dataset=opened.dataset,
        version=opened.version,
        rows=rows,
        classes=tuple(changed.class_names),
        dropped=dropped,
        emptied=emptied,
        words=_words(rows, changed.class_names, dropped),
    )


def _words(rows: tuple[ClassRow, ...], after: list[str], dropped: int) -> str:
    """The change in words; "" if nothing changes."""
    parts = []
    by_name: dict[str, list[str]] = {}
    for row in rows:
        by_name.setdefault(row.becomes, []).append(row.name)
    for name, before in by_name.items():
        if name and len(before) > 1:
            parts.append(f"{', '.join(before)} merged into {name}")
        elif name and before != [name]:
            parts.append(f"{before[0]} renamed {name}")
    if gone := by_name.get(""):
        parts.append(f"{', '.join(gone)} dropped with {counted(dropped, 'object')}")
    if [name for name in by_name if name] != after:
        parts.append(f"classes reordered: {', '.join(after)}")
    return "; ".join(parts)
