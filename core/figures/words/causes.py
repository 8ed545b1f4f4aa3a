"""The causes of mistakes in plain words."""

from typing import Final

from core.evaluation.matching.causes import BACKGROUND_IOU, Cause

TITLES: Final = {
    Cause.CLASS: "Wrong class",
    Cause.LOCATION: "Wrong place",
    Cause.BOTH: "Wrong class and place",
    Cause.DUPLICATE: "Found twice",
    Cause.BACKGROUND: "Nothing there",
    Cause.MISSED: "Missed",
}
HELP: Final = {
    Cause.CLASS: "The box fits an object of another class.",
    Cause.LOCATION: "The box lies on an object of its class, but does not fit it well enough.",
    Cause.BOTH: "The box lies on an object of another class, and does not fit it well enough either.",
    Cause.DUPLICATE: "The box fits an object that a box with a higher score already found.",
    Cause.BACKGROUND: f"The box touches no object, or hardly: by an IoU of at most {BACKGROUND_IOU:g}.",
    Cause.MISSED: "An object that nothing found, and that no box of a wrong class or in a wrong place explains.",
}


def mistake_words(cause: str) -> str:
    """The cause inside a sentence: `wrong class and place`."""
    return TITLES[Cause(cause)].lower()
