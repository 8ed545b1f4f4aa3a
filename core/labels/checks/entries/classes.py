"""Checks of classes and splits."""

from typing import Final

from core.labels.checks.entries.entry import Entry, Scope
from core.labels.findings import Severity

_LOOK = (Severity.LOOK,)

CLASS_ENTRIES: Final = (
    Entry(
        id="empty-class",
        scope=Scope.CLASSES,
        severities=_LOOK,
        title="Classes without an object",
        what="A class of the list of names has no object.",
        why="It has no AP, and the model has an output that nothing trains.",
        remedy="Label some objects, or drop the class on import.",
    ),
    Entry(
        id="few-examples",
        scope=Scope.CLASSES,
        severities=_LOOK,
        title="Classes with few examples",
        what="A class has few objects.",
        why="A model learns little from them, and its AP is a matter of chance.",
        remedy="Label more objects of the class, or merge it into another.",
        thresholds=("few-examples",),
    ),
    Entry(
        id="class-imbalance",
        scope=Scope.CLASSES,
        severities=_LOOK,
        title="Classes of very unequal size",
        what="The largest class has many times as many objects.",
        why="The rare class hardly contributes to the loss, but as much as any other to the mean AP.",
        remedy="Label more of the rare class, or compare its AP and not the mean.",
        thresholds=("class-imbalance",),
    ),
    Entry(
        id="almost-same-class-names",
        scope=Scope.CLASSES,
        severities=_LOOK,
        title="Classes with almost the same name",
        what="Two names differ only in case, in blanks and hyphens, in a plural, or in one letter.",
        why="They are often one class, written in two ways; then each is half trained.",
        remedy="If they mean the same, merge them on import: --map OLD=NEW.",
    ),
    Entry(
        id="class-missing-from-split",
        aliases=("class-missing-in-split",),
        scope=Scope.CLASSES,
        severities=_LOOK,
        title="Classes missing from a split",
        what="A class has objects, but none in one of the splits.",
        why="Without objects in training it cannot be learned, without objects in validation not evaluated.",
        remedy="Choose another split, or label more objects of the class.",
    ),
)
