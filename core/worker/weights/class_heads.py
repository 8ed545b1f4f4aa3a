"""Fits the heads of a weights file to a model with other classes.

The rows of a head's tensors belong to classes. Rows of classes that file and model share (by name) are taken over, and
all others start at random: COCO's *person* stays a person. A cascade starts each stage from the one
box head of a plain model.
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
    """The outcome for class-specific tensors: `resized` were made to fit, `foreign` start at random."""

    resized: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)  # the classes in both


def fit_classes(
    tensors: dict[str, torch.Tensor],
    model: dict[str, torch.Tensor],
    of_classes: Sequence[str],
    classes: Sequence[str],
) -> Fitted:
    """Copies class-specific rows from the checkpoint for classes that both models share.

    Removes tensors that share no class. Rows are along the first axis, (rows, features); shapes are the model's.

    Args: tensors, the file's, changed in place; model, the model's with random
    values; of_classes and classes, the class names of file and model by index.
    """
    fitted = Fitted()
    if list(of_classes) == list(classes):
        return fitted
    theirs = {_folded(name): index for index, name in enumerate(of_classes)}
    pairs = [(theirs[_folded(name)], index) for index, name in enumerate(classes) if _folded(name) in theirs]
    fitted.shared = [str(classes[index]) for _, index in pairs]
    for name in sorted(tensors):
        if name not in model or not any(part in f".{name}" for part in _CLASS_PARTS):
            continue
        source, wanted = _Rows.of(name, tensors[name], len(of_classes)), _Rows.of(name, model[name], len(classes))
        if wanted is None:
            continue  # one regressor for all classes
        if source is None or not source.fits(wanted) or not pairs:
            fitted.foreign.append(name)
            del tensors[name]
            continue
        tensors[name] = source.moved_to(wanted, pairs)
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
        """The rows of a (rows, features) tensor by class; None if their number does not fit the classes."""
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
        per_class = 4 if ".bbox_pred." in f".{name}" else 1
        return cls(values=values, anchors=1, classes=classes, background=0) if count == per_class * classes else None

    def fits(self, other: "_Rows") -> bool:
        """Whether rows of the two have the same shape."""
        return self.anchors == other.anchors and self.values.shape[1:] == other.values.shape[1:]

    def moved_to(self, other: "_Rows", pairs: list[tuple[int, int]]) -> torch.Tensor:
        """The other's values with this tensor's rows of shared classes; pairs of (this index, other index)."""
        # CPU models are channels-last, which cannot be viewed as anchors by classes.
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
    """Copies the file's box head to each stage of the model. Does nothing for a model without stages.

    Args: tensors, the file's by name, changed in place, shapes kept; model, the model's by name. A stage in the file is
    kept.
    """
    original = dict(tensors)
    for name in model:
        match = _STAGE.match(name)
        single = "".join(match.groups()) if match else ""
        if single in original:
            tensors.setdefault(name, original[single])
            tensors.pop(single, None)
