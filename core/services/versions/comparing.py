"""What differs between two versions of a data set, with the images behind each number."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.errors import AppError
from core.evaluation.agreement import Kind, agree
from core.figures.words.numbers import counted
from core.labels.same_images import join_images
from core.services.datasets.listing import open_version
from core.services.datasets.opened import OpenVersion
from core.settings import Settings
from core.tables import boxes_xyxy
from core.workspace.datasets import VersionFolder, load_facts
from core.workspace.layout import Layout

# Boxes are stored as float64 and carried over as they are; less than this is no move.
_MOVED_PX: Final = 1e-6
ADDED: Final = "added"
REMOVED: Final = "removed"
MOVED: Final = "moved"
RECLASSED: Final = "reclassed"
OBJECT_CHANGES: Final = (ADDED, REMOVED, MOVED, RECLASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDifference:
    """The way from the version `before` to `after`.

    `images_in` and `images_out` are the ids of images that only `after` or only `before` has. `splits` has a row for
    each image of both whose split changed: `image_id` (of after), `before`, `after`. `classes` maps classes of `before`
    that `after` does not have to the class that most of their objects have now ("" for none); `new_classes` are those
    that no class of before became. `objects` has a row for each change: `change` (OBJECT_CHANGES), `before_image_id`
    and `image_id` (0 if the version does not have it), `before_id` and `after_id` (annotation ids; 0 for none). An
    object that moved and changed its class has two rows; one of a renamed class has none.
    """

    before: OpenVersion
    after: OpenVersion
    images_in: tuple[int, ...]
    images_out: tuple[int, ...]
    splits: pd.DataFrame
    classes: dict[str, str]
    new_classes: tuple[str, ...]
    objects: pd.DataFrame
    is_by_id: bool  # one descends from the other, so that ids name the same objects in both

    def count(self, change: str) -> int:
        """The number of objects with this change."""
        return int((self.objects["change"] == change).sum())

    @property
    def words(self) -> str:
        """`4 objects added, 1 image out`; `nothing differs`."""
        parts = [f"{counted(self.count(change), 'object')} {change}" for change in OBJECT_CHANGES if self.count(change)]
        parts += [f"{old} became {new}" if new else f"{old} dropped" for old, new in self.classes.items()]
        parts += [f"class {name} is new" for name in self.new_classes]
        sides = ((self.images_in, "in"), (self.images_out, "out"))
        parts += [f"{counted(len(ids), 'image')} {where}" for ids, where in sides if ids]
        parts += [f"{counted(len(self.splits), 'image')} in another split"] if len(self.splits) else []
        return ", ".join(parts) or "nothing differs"

    def to_json(self) -> dict[str, Any]:
        """The document of `compare-versions` (docs/cli.md)."""
        names = self.after.labels.images.set_index("image_id")["file_name"]
        moves = [{**row, "image": str(names[row["image_id"]])} for row in self.splits.to_dict("records")]
        return {
            "dataset": self.after.dataset,
            "before": self.before.version,
            "after": self.after.version,
            "words": self.words,
            "objects": {change: self.count(change) for change in OBJECT_CHANGES},
            "images": {change: self.images_with(change) for change in OBJECT_CHANGES},
            "images_in": list(self.images_in),
            "images_out": list(self.images_out),
            "splits": moves,
            "classes": self.classes,
            "new_classes": list(self.new_classes),
            "by_id": self.is_by_id,
        }

    def images_with(self, change: str) -> list[int]:
        """The ids of the images with such a change, in `after`; of removed objects, in `before`."""
        column = "before_image_id" if change == REMOVED else "image_id"
        return sorted(set(self.objects.loc[self.objects["change"] == change, column].tolist()))


def compare_versions(settings: Settings, dataset: str, before: str, after: str) -> VersionDifference:
    """Compare two versions of a data set by id or name. Raises NotFoundError, AppError if they are the same."""
    old, new = open_version(settings, dataset, before), open_version(settings, dataset, after)
    if old.version == new.version:
        raise AppError(f"Both are version {old.version}.", "Choose two versions.")
    is_by_id = _descends(settings, old, new) or _descends(settings, new, old)
    joined = join_images(old.labels.images, new.labels.images)
    pairs, objects = _by_id(old, new) if is_by_id else _by_place(old, new, joined)
    classes = _became(old, new, pairs)
    changes = pd.concat([objects, _reclassed(old, new, pairs, classes)], ignore_index=True)
    moved = joined.loc[joined["split"] != joined["second_split"], ["second_image_id", "split", "second_split"]]
    names = set(old.labels.class_names) | set(classes.values())
    return VersionDifference(
        before=old,
        after=new,
        images_in=_without(new, joined["second_image_id"]),
        images_out=_without(old, joined["image_id"]),
        splits=moved.set_axis(["image_id", "before", "after"], axis=1).reset_index(drop=True),
        classes=classes,
        new_classes=tuple(name for name in new.labels.class_names if name not in names),
        objects=changes,
        is_by_id=is_by_id,
    )


def _descends(settings: Settings, ancestor: OpenVersion, version: OpenVersion) -> bool:
    """Whether a version was made from the other one by changes."""
    layout, parent = Layout(settings.workspace), version.facts.get("parent")
    while parent:
        if parent == ancestor.version:
            return True
        parent = load_facts(VersionFolder(layout.version(version.dataset, str(parent)))).get("parent")
    return False


def _without(version: OpenVersion, joined: pd.Series) -> tuple[int, ...]:
    ids = version.labels.images["image_id"]
    return tuple(int(key) for key in ids[~ids.isin(joined)])


def _rows(change: str, before: pd.DataFrame | None, after: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of `objects` for annotations of one or of both versions, row by row."""
    some = before if before is not None else after
    none = np.zeros(0 if some is None else len(some), dtype=np.int64)
    return pd.DataFrame(
        {
            "change": pd.Series([change] * len(none), dtype="str"),
            "before_image_id": none if before is None else before["image_id"].to_numpy(),
            "image_id": none if after is None else after["image_id"].to_numpy(),
            "before_id": none if before is None else before["annotation_id"].to_numpy(),
            "after_id": none if after is None else after["annotation_id"].to_numpy(),
        }
    )


def _by_id(old: OpenVersion, new: OpenVersion) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ids of objects that are in both, and the changes but those of classes. An id in both is one object."""
    before, after = old.labels.annotations, new.labels.annotations
    ids = before.loc[before["annotation_id"].isin(after["annotation_id"]), "annotation_id"].reset_index(drop=True)
    changes = [
        _rows(ADDED, None, after[~after["annotation_id"].isin(ids)]),
        _rows(REMOVED, before[~before["annotation_id"].isin(ids)], None),
        _moved(_of_ids(before, ids), _of_ids(after, ids)),
    ]
    return pd.DataFrame({"before_id": ids, "after_id": ids}), pd.concat(changes, ignore_index=True)


def _by_place(old: OpenVersion, new: OpenVersion, joined: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same for versions whose ids say nothing: objects are the same where their boxes overlap by half.

    Classes go by name; one of a name that the other does not have can still be the same object.
    """
    names = list(dict.fromkeys([*old.labels.class_names, *new.labels.class_names]))
    place = {name: key for key, name in enumerate(names)}
    before, after = (_as_joint(side, place) for side in (old, new))
    before = before[before["image_id"].isin(joined["image_id"])]
    images = pd.Series(joined["image_id"].to_numpy(), index=joined["second_image_id"])
    theirs = after[after["image_id"].isin(images.index)]
    result = agree(
        before.reset_index(drop=True),
        theirs.assign(image_id=theirs["image_id"].map(images).astype("int64")).reset_index(drop=True),
        names,
    )
    mixed = result.differences.loc[result.differences["kind"] == Kind.CLASS, ["first_id", "second_id"]]
    pairs = pd.concat([result.pairs, mixed], ignore_index=True).set_axis(["before_id", "after_id"], axis=1)
    left, right = old.labels.annotations, new.labels.annotations
    changes = [
        _rows(ADDED, None, right[~right["annotation_id"].isin(pairs["after_id"]) & ~right["is_crowd"]]),
        _rows(REMOVED, left[~left["annotation_id"].isin(pairs["before_id"]) & ~left["is_crowd"]], None),
        _moved(_of_ids(left, pairs["before_id"]), _of_ids(right, pairs["after_id"])),
    ]
    return pairs, pd.concat(changes, ignore_index=True)


def _of_ids(annotations: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """The annotations with these ids, in their order."""
    return annotations.set_index("annotation_id", drop=False).loc[ids].reset_index(drop=True)


def _moved(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The rows of `objects` of those that moved or have another mask, of two tables of the same objects."""
    is_moved = np.abs(boxes_xyxy(before) - boxes_xyxy(after)).max(axis=1, initial=0) > _MOVED_PX
    is_moved |= (before["segmentation"] != after["segmentation"]).to_numpy()
    return _rows(MOVED, before[is_moved], after[is_moved])


def _as_joint(side: OpenVersion, place: dict[str, int]) -> pd.DataFrame:
    """The annotations with classes by their place among the joint names."""
    of_class = pd.Series([place[name] for name in side.labels.class_names], index=side.labels.categories["category_id"])
    rows = side.labels.annotations
    return rows.assign(category_id=rows["category_id"].map(of_class).astype("int64"))


def _names(side: OpenVersion, ids: pd.Series) -> pd.Series:
    """The class names of annotations by id."""
    of_id = side.labels.annotations.set_index("annotation_id")["category_id"]
    names = pd.Series(side.labels.class_names, index=side.labels.categories["category_id"], dtype="str")
    return names.loc[of_id.loc[ids]].reset_index(drop=True)


def _became(old: OpenVersion, new: OpenVersion, pairs: pd.DataFrame) -> dict[str, str]:
    """Each class that is gone -> the class that most of its objects have now; "" if none is left."""
    gone = [name for name in old.labels.class_names if name not in new.labels.class_names]
    before, after = _names(old, pairs["before_id"]), _names(new, pairs["after_id"])
    return {name: str(next(iter(after[before == name].value_counts().index), "")) for name in gone}


def _reclassed(old: OpenVersion, new: OpenVersion, pairs: pd.DataFrame, classes: dict[str, str]) -> pd.DataFrame:
    """The objects of both versions with another class than theirs became."""
    expected = _names(old, pairs["before_id"]).replace({name: after for name, after in classes.items() if after})
    rows = pairs.reset_index(drop=True)[(expected != _names(new, pairs["after_id"])).to_numpy()]
    before, after = old.labels.annotations, new.labels.annotations
    return _rows(RECLASSED, _of_ids(before, rows["before_id"]), _of_ids(after, rows["after_id"]))
