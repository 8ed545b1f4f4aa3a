"""Heads of another model: which of a weights file's tensors a model of other classes or stages can take over.

A head's tensors have their rows by class. Where a file is of other classes than the model, the rows of the classes
that both know (by name) are taken over, and all others start at random: COCO's *person* stays a person. A cascade
starts each of its stages from the one box head of a plain model.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import torch

# Tensors whose rows may belong to classes, in all models of the catalogue.
_CLASS_PARTS = (".cls_score.", ".bbox_pred.", "mask_head.predictor.")


@dataclass(slots=True, kw_only=True)
class Fitted:
    """What was done to the tensors of classes: `resized` were made to fit, `foreign` have to start at random."""

    resized: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)  # the classes that both know


def fit_classes(
    tensors: dict[str, torch.Tensor],
    model: dict[str, torch.Tensor],
    of_classes: Sequence[str],
    classes: Sequence[str],
) -> Fitted:
    """Put the rows of shared classes into place, and take out the tensors of which nothing can be kept.

    Args: tensors, the file's, changed in place; model, the model's own with its random values; of_classes and classes,
    names by class index of the two.
    """
    fitted = Fitted()
    if list(of_classes) == list(classes):
        return fitted
    theirs = {_folded(name): place for place, name in enumerate(of_classes)}
    pairs = [(theirs[_folded(name)], place) for place, name in enumerate(classes) if _folded(name) in theirs]
    fitted.shared = [str(classes[place]) for _, place in pairs]
    for name in sorted(tensors):
        if name not in model or not any(part in f".{name}" for part in _CLASS_PARTS):
            continue
        given, wanted = _Rows.of(name, tensors[name], len(of_classes)), _Rows.of(name, model[name], len(classes))
        if wanted is None:
            continue  # one regressor for all classes
        if given is None or not given.fits(wanted) or not pairs:
            fitted.foreign.append(name)
            del tensors[name]
            continue
        tensors[name] = given.moved_to(wanted, pairs)
        fitted.resized.append(name)
    return fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """A tensor seen as (anchors, classes, values of a class); `background` rows follow the last class."""

    values: torch.Tensor
    anchors: int
    classes: int
    background: int

    @classmethod
    def of(cls, name: str, values: torch.Tensor, classes: int) -> "_Rows | None":
        """The tensor's rows where their number says that they are by class."""
        count, is_dense = values.shape[0] if values.dim() else 0, name.startswith("head.")
        if not classes:
            return None
        if ".cls_score." in f".{name}":
            if is_dense:
                return (
                    cls(values=values, anchors=count // classes, classes=classes, background=0)
                    if count and count % classes == 0
                    else None
                )
            return cls(values=values, anchors=1, classes=classes, background=1) if count == classes + 1 else None
        if is_dense:
            return None  # RetinaNet has one regressor for all classes
        each = 4 if ".bbox_pred." in f".{name}" else 1
        return cls(values=values, anchors=1, classes=classes, background=0) if count == each * classes else None

    def fits(self, other: "_Rows") -> bool:
        """Whether a row of the one can stand in the other."""
        return self.anchors == other.anchors and self.values.shape[1:] == other.values.shape[1:]

    def moved_to(self, other: "_Rows", pairs: list[tuple[int, int]]) -> torch.Tensor:
        """The other's values with the rows of the shared classes (this one's index, the other's) from here."""
        # On the CPU models are laid out channels-last, in which rows cannot be seen as anchors by classes.
        moved = other.values.clone(memory_format=torch.contiguous_format)
        source, target = self._by_class(self.values.contiguous()), other._by_class(moved)
        for theirs, mine in pairs:
            target[:, mine] = source[:, theirs].to(target.dtype)
        if self.background and other.background:
            moved[-1] = self.values[-1].to(moved.dtype)
        return moved

    def _by_class(self, values: torch.Tensor) -> torch.Tensor:
        rows = values[: len(values) - self.background]
        return rows.view(self.anchors, self.classes, -1)


def _folded(name: str) -> str:
    return str(name).strip().casefold()


_STAGE: Final = re.compile(r"^(roi_heads\.box_head\.)\d+\.(.+)$")


def spread_over_stages(tensors: dict[str, torch.Tensor], model: Mapping[str, torch.Tensor]) -> None:
    """Put the box head of the file in the place of each stage that the model has; nothing for any other pair.

    Args: tensors, the file's by name, changed in place; model, those of the model. A stage that the file has stays.
    """
    given = dict(tensors)
    for name in model:
        match = _STAGE.match(name)
        single = "".join(match.groups()) if match else ""
        if single in given:
            tensors.setdefault(name, given[single])
            tensors.pop(single, None)
