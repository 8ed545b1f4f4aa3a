"""The title and the remedy of each check, in one table.

It also holds the checks of the readers (core.labels.formats), so that every finding has a title.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckText:
    """A title for headings, and a remedy, which is a sentence."""

    title: str
    remedy: str


_CORRECT_LINE: Final = "Correct or remove the line in the label file, or leave the blocked objects out."
_LOOK_AT_BOX: Final = "Look at the box in the image, and correct the label if it is wrong."
_NOTHING: Final = "Nothing to do: it was converted on import."

CHECK_TEXTS: Final[dict[str, CheckText]] = {
    # From the readers.
    "malformed-line": CheckText(title="Unreadable label lines", remedy=_CORRECT_LINE),
    "malformed-file": CheckText(title="Unreadable label files", remedy="Export the label file again, or leave it out."),
    "non-finite": CheckText(title="Numbers that are not finite or too large", remedy=_CORRECT_LINE),
    "unknown-class": CheckText(
        title="Classes without a name", remedy="Add the class to the list of names, or correct the objects that use it."
    ),
    "orphan-label": CheckText(title="Label files without an image", remedy="Add the image, or remove the label file."),
    "names-missing": CheckText(
        title="Classes that are only numbers",
        remedy="Add a classes.txt with one name a line, or give the names on import.",
    ),
    "names-conflict": CheckText(
        title="Lists of classes that disagree", remedy="Keep one list of class names, or give the names on import."
    ),
    "mixed-coordinates": CheckText(
        title="Values in another unit than the rest",
        remedy="Check the lines; if they are right, choose the coordinates on import.",
    ),
    "hostile-xml": CheckText(title="XML with entities", remedy="Export the label file again, without a document type."),
    "unknown-image": CheckText(title="Objects of images that are not listed", remedy=_CORRECT_LINE),
    "duplicate-id": CheckText(title="Ids that are used twice", remedy="Nothing to do: they were numbered anew."),
    "ambiguous-id": CheckText(title="Ids that mean two things", remedy="Give each class and image a unique id."),
    "bad-segmentation": CheckText(
        title="Masks that cannot be used", remedy="The box was kept. Draw the mask again if you need it."
    ),
    "bad-area": CheckText(title="Areas that are no numbers", remedy="Nothing to do: the area of the box is used."),
    "repeated-name": CheckText(
        title="Names with two ids",
        remedy="Check whether both ids mean the same: they are read as one class, or one image.",
    ),
    "two-splits": CheckText(
        title="Images that the source puts into two splits",
        remedy="Name each image in one split only; the first one was used.",
    ),
    "image-without-label": CheckText(
        title="Images without a label", remedy="Choose on import whether they are background or not labelled yet."
    ),
    # Images.
    "missing-image": CheckText(title="Missing images", remedy="Add the image, or leave the blocked images out."),
    "unreadable-image": CheckText(
        title="Images that cannot be read",
        remedy="Replace the file by a sound copy, or leave the blocked images out.",
    ),
    "size-differs": CheckText(
        title="Wrong image sizes in the labels",
        remedy="The real size is used. If the image was resized after labelling, restore the original.",
    ),
    "exif-turn": CheckText(title="Images turned by their camera", remedy="Nothing to do: they are stored upright."),
    "cut-off-image": CheckText(
        title="Images whose last rows are missing",
        remedy="Replace the file by a sound copy if there is one, and look at the objects at its end.",
    ),
    "exif-unreadable": CheckText(
        title="Images with broken EXIF data",
        remedy="Check that the image is the right way up: a turn noted there could not be read.",
    ),
    "image-converted": CheckText(title="Images that had to be converted", remedy=_NOTHING),
    "duplicate-image": CheckText(
        title="The same image more than once", remedy="Remove all but one, and merge their labels."
    ),
    "duplicate-across-splits": CheckText(
        title="The same image in two splits",
        remedy="Keep it in one split only: a result on an image that was trained on is too good.",
    ),
    # Objects.
    "swapped-corners": CheckText(
        title="Boxes with swapped corners", remedy="Nothing to do: the corners were put in order."
    ),
    "over-border": CheckText(
        title="Boxes over the image's border", remedy="Nothing to do: they were clipped to the image."
    ),
    "outside-image": CheckText(
        title="Boxes outside their image", remedy="They were dropped. Draw them again where they belong."
    ),
    "zero-area": CheckText(
        title="Boxes without an area", remedy="They were dropped. Draw them again if an object is there."
    ),
    "duplicate-object": CheckText(title="The same object twice", remedy="Nothing to do: one of each was kept."),
    "tiny-box": CheckText(title="Tiny boxes", remedy=_LOOK_AT_BOX),
    "whole-image-box": CheckText(title="Boxes that cover the whole image", remedy=_LOOK_AT_BOX),
    "odd-aspect": CheckText(title="Very long or very high boxes", remedy=_LOOK_AT_BOX),
    "unusual-size": CheckText(title="Boxes far outside their class's usual size", remedy=_LOOK_AT_BOX),
    "crowded-image": CheckText(
        title="Crowded images",
        remedy="Detection keeps at most 100 boxes an image: cut the image into tiles if you need them all.",
    ),
    # The whole set.
    "empty-class": CheckText(
        title="Classes without an object", remedy="Label some objects, or drop the class on import."
    ),
    "few-examples": CheckText(
        title="Classes with few examples", remedy="Label more objects of the class, or merge it into another."
    ),
    "class-imbalance": CheckText(
        title="Classes of very unequal size",
        remedy="Label more of the rare class, or compare its AP and not the mean.",
    ),
    "class-missing-from-split": CheckText(
        title="Classes missing from a split", remedy="Choose another split, or label more objects of the class."
    ),
}


def check_text(check: str) -> CheckText:
    """The title and remedy for a check's id; for an id without an entry, the title is made from the id."""
    return CHECK_TEXTS.get(check) or CheckText(title=check.replace("-", " ").capitalize(), remedy=_LOOK_AT_BOX)
