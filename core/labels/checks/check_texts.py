"""What each check is called and what to do about its findings, in one table.

It holds the checks of the readers (core.labels.formats) too, so that every finding has words.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class CheckText:
    """A title for headings, and the remedy, a sentence."""

    title: str
    remedy: str


_CORRECT_LINE: Final = "Correct or remove the line in the label file, or leave the blocked objects out."
_LOOK_AT_BOX: Final = "Look at the box in the picture, and correct the label if it is wrong."
_NOTHING: Final = "Nothing to do: it was mended on import."

CHECK_TEXTS: Final[dict[str, CheckText]] = {
    # From the readers.
    "malformed-line": CheckText("Unreadable label lines", _CORRECT_LINE),
    "malformed-file": CheckText("Unreadable label files", "Export the label file again, or leave it out."),
    "non-finite": CheckText("Numbers that are not finite or too large", _CORRECT_LINE),
    "unknown-class": CheckText(
        "Classes without a name", "Add the class to the list of names, or correct the objects that use it."
    ),
    "orphan-label": CheckText("Label files without a picture", "Add the picture, or remove the label file."),
    "names-missing": CheckText(
        "Classes that are only numbers", "Add a classes.txt with one name a line, or give the names on import."
    ),
    "names-conflict": CheckText(
        "Lists of classes that disagree", "Keep one list of class names, or give the names on import."
    ),
    "mixed-coordinates": CheckText(
        "Values in another unit than the rest", "Check the lines; if they are right, choose the coordinates on import."
    ),
    "hostile-xml": CheckText("XML with entities", "Export the label file again, without a document type."),
    "unknown-image": CheckText("Objects of pictures that are not listed", _CORRECT_LINE),
    "duplicate-id": CheckText("Ids that are used twice", "Nothing to do: they were numbered anew."),
    "ambiguous-id": CheckText("Ids that mean two things", "Give each class and picture an id of its own."),
    "bad-segmentation": CheckText(
        "Outlines that cannot be used", "The box was kept. Draw the outline again if you need it."
    ),
    "bad-area": CheckText("Areas that are no numbers", "Nothing to do: the area of the box is used."),
    "repeated-name": CheckText(
        "Names that stand under two ids", "Look whether one thing is meant: it is read as one class, or one image."
    ),
    "two-splits": CheckText(
        "Pictures that the source puts into two splits", "Name each picture in one split only; the first one holds."
    ),
    "image-without-label": CheckText(
        "Pictures without a label", "Choose on import whether they are background or not labelled yet."
    ),
    # Pictures.
    "missing-image": CheckText("Pictures that are not there", "Add the picture, or leave the blocked pictures out."),
    "unreadable-image": CheckText(
        "Pictures that cannot be read", "Replace the file by a sound copy, or leave the blocked pictures out."
    ),
    "size-differs": CheckText(
        "Picture sizes that the labels get wrong",
        "The real size is used. If the picture was resized after labelling, bring back the original.",
    ),
    "exif-turn": CheckText("Pictures turned by their camera", "Nothing to do: they are stored upright."),
    "image-converted": CheckText("Pictures of a kind that had to be converted", _NOTHING),
    "duplicate-image": CheckText("The same picture more than once", "Remove all but one, and merge their labels."),
    "duplicate-across-splits": CheckText(
        "The same picture in two splits",
        "Keep it in one split only: a picture that was trained on flatters the result.",
    ),
    # Objects.
    "swapped-corners": CheckText("Boxes with swapped corners", "Nothing to do: the corners were put in order."),
    "over-border": CheckText("Boxes over the picture's border", "Nothing to do: they were clipped to the picture."),
    "outside-image": CheckText("Boxes outside their picture", "They were dropped. Draw them again where they belong."),
    "zero-area": CheckText("Boxes without an area", "They were dropped. Draw them again if an object is there."),
    "duplicate-object": CheckText("The same object twice", "Nothing to do: one of each was kept."),
    "tiny-box": CheckText("Tiny boxes", _LOOK_AT_BOX),
    "whole-image-box": CheckText("Boxes that cover the whole picture", _LOOK_AT_BOX),
    "odd-aspect": CheckText("Very long or very high boxes", _LOOK_AT_BOX),
    "unusual-size": CheckText("Boxes far outside their class's usual size", _LOOK_AT_BOX),
    "crowded-image": CheckText(
        "Crowded pictures",
        "Detection keeps at most 100 boxes a picture: cut the picture into tiles if you need them all.",
    ),
    # The whole set.
    "empty-class": CheckText("Classes without an object", "Label some objects, or drop the class on import."),
    "few-examples": CheckText(
        "Classes with few examples", "Label more objects of the class, or merge it into another."
    ),
    "class-imbalance": CheckText(
        "Classes of very unequal size", "Label more of the rare class, or judge it by its own AP and not by the mean."
    ),
    "class-missing-from-split": CheckText(
        "Classes missing from a split", "Choose another split, or label more objects of the class."
    ),
}


def check_text(check: str) -> CheckText:
    """The words for a check's id; an id without an entry is its own title."""
    return CHECK_TEXTS.get(check) or CheckText(check.replace("-", " ").capitalize(), _LOOK_AT_BOX)
