"""Advice in words: what the figures say, what to do next, and where a click leads.

Plain text with shares in per cent; names in it are somebody else's, so a page escapes all of it.
"""

from collections.abc import Callable
from typing import Any, Final

from core.evaluation.advice.facts import Advice
from core.figures.words.numbers import count, counted, percent

NOTHING: Final = (
    "Nothing stands out: no cause of mistakes, class or slice is both costly and seen often enough to build on."
)
# Slices whose objects cover few cells of the network's feature maps.
_TINY: Final = ("size:small", "side:0-8", "side:8-16", "side:16-32")
_Evidence = dict[str, Any]


def finding_words(advice: Advice) -> str:
    """What the figures say, with them."""
    return _FINDINGS[advice.key](advice.evidence)


def next_words(advice: Advice) -> str:
    """What to do about it."""
    return _NEXT[advice.key](advice.evidence)


def link_words(advice: Advice) -> str:
    """What a click shows; "" where there is nothing to show."""
    if tab := advice.images.get("tab"):
        return tab
    return "Show them" if advice.images else ""


def _of_lost(given: _Evidence, what: str) -> str:
    return f"{percent(given['share_of_lost'], 0)} % of the AP lost at IoU {given['iou']:g} is {what}"


def _missed(given: _Evidence) -> str:
    where = f" ({given['slice_title']})" if given["slice"] else ""
    what = f"missed {given['class'] or 'objects'}{where}"
    return f"{_of_lost(given, what)}: nothing finds {count(given['boxes'])} of {count(given['of'])}, at any score."


def _next_of_missed(given: _Evidence) -> str:
    if given["slice"] in _TINY:
        return "Train and use it at a larger input size, so that they cover more of the network's cells."
    if given["slice"] == "border:cut":
        return "Label objects at the edge all alike, and train with random crops, which make more of them."
    if given["class"]:
        return f"Add training images with {given['class']}, or show those there are more often (balance)."
    return "Look at what they have in common and add such images; train longer, or take a larger model."


def _false_positives(what: str) -> Callable[[_Evidence], str]:
    def words(given: _Evidence) -> str:
        of = f" of {given['class']}" if given["class"] else ""
        told = _of_lost(given, f"{what.format(of=of)}")
        return f"{told}: {count(given['boxes'])} of {count(given['of'])} detections at score {given['score']:g}."

    return words


def _labels(given: _Evidence) -> str:
    told, sure = _ON_NOTHING(given)[:-1], count(given["sure"])
    return f"{told}, {sure} of them at {given['sure_from']:g} or more."


def _loose(given: _Evidence) -> str:
    whose = f"Boxes of {given['class']}" if given["class"] else "Boxes"
    return (
        f"{whose} fit loosely: AP75 {percent(given['ap75'])} against AP50 {percent(given['ap50'])}, of which good "
        f"detectors keep about {percent(given['usual_share'], 0)} %."
    )


def _pair(given: _Evidence) -> str:
    first, second = given["classes"]
    return (
        f"{first} and {second} are mixed up both ways: {count(given['first_as_second'])} and "
        f"{count(given['second_as_first'])} of {counted(given['objects'], 'object')} at score {given['score']:g}."
    )


def _cap(given: _Evidence) -> str:
    return (
        f"{count(given['objects'])} of {count(given['of'])} {given['class']} can never count: AP takes the "
        f"{given['cap']} best detections of a class on an image."
    )


def _few_examples(given: _Evidence) -> str:
    return (
        f"{given['class']} is in {counted(given['training_pictures'], 'training image')} only, and its AP is "
        f"{percent(given['ap'])} against {percent(given['ap_of_others'])} of the others."
    )


def _slice(given: _Evidence) -> str:
    what = {"size": "Objects", "side": "Objects", "border": "Objects"}.get(given["by"], "Images:")
    return (
        f"{what} {given['slice_title']}: {given['rate']} {percent(given['value'])} against "
        f"{percent(given['value_of_all'])} on the whole ({counted(given['objects'], 'object')}, score "
        f"{given['score']:g})."
    )


def _next_of_slice(given: _Evidence) -> str:
    if given["slice"] in _TINY:
        return "Train and use it at a larger input size, so that they cover more of the network's cells."
    if given["by"] == "border":
        return "Label objects at the edge all alike, and train with random crops, which make more of them."
    return "Look at what they have in common, check their labels, and add training images of this kind."


def _threshold(given: _Evidence) -> str:
    at = "a threshold for each class" if given["is_each"] else f"score {given['best_score']:.2f}"
    return f"With {at}, F1 is {percent(given['best_f1'])} instead of {percent(given['f1'])} at {given['score']:g}."


def _calibration(given: _Evidence) -> str:
    return (
        f"Scores from {given['from_score']:g} promise {percent(given['mean_score'])} % right on average, and "
        f"{percent(given['precision'])} % of these {counted(given['detections'], 'detection')} are."
    )


def _empty(given: _Evidence) -> str:
    false_positives = counted(given["false_alarms"], "false positive")
    return (
        f"{false_positives} on {counted(given['pictures'], 'image')} without any object, at score {given['score']:g}."
    )


def _sample(given: _Evidence) -> str:
    if given["half_width"] is None:
        images = counted(given["pictures"], "image")
        return f"Only {images} show an object: too few to say how sure any of these figures is."
    return f"AP is known to within ± {percent(given['half_width'])} points only ({given['pictures']} images)."


def _fixed(words: str) -> Callable[[_Evidence], str]:
    return lambda given: words


_ON_NOTHING: Final = _false_positives("false positives{of} on nothing")
_FINDINGS: Final[dict[str, Callable[[_Evidence], str]]] = {
    "missed": _missed,
    "background": _ON_NOTHING,
    "labels": _labels,
    "location": _false_positives("boxes{of} in a wrong place"),
    "duplicate": _false_positives("objects{of} found twice"),
    "loose": _loose,
    "pair": _pair,
    "cap": _cap,
    "few_examples": _few_examples,
    "slice": _slice,
    "threshold": _threshold,
    "calibration": _calibration,
    "empty": _empty,
    "turned": lambda given: (
        f"Validation loss has risen since iteration {count(given['iteration'])}, while training loss fell."
    ),
    "sample": _sample,
}
_NEXT: Final[dict[str, Callable[[_Evidence], str]]] = {
    "missed": _next_of_missed,
    "background": _fixed(
        "Look at them: label those that are objects; for the others add images of such background without objects."
    ),
    "labels": _fixed("Go through the label suspects first: so sure a detection on nothing is often a missing label."),
    "location": _fixed("Check that labels are drawn tightly and alike; train longer, or at a larger input size."),
    "duplicate": _fixed(
        "Merge overlapping boxes at a lower IoU (non-maximum suppression, NMS_THRESH_TEST in the expert view)."
    ),
    "loose": _fixed("Train longer, or at a larger input size; check that labels are drawn tightly and alike."),
    "pair": _fixed("Say in words what tells them apart and check labels by that; if nothing does, merge the classes."),
    "cap": _fixed("Cut such images into tiles, before labelling and before use."),
    "few_examples": lambda given: (
        f"Label more images with {given['class']}; until then show those there are more often (balance)."
    ),
    "slice": _next_of_slice,
    "threshold": _fixed("Choose it in the threshold explorer, and store it with the model."),
    "calibration": _fixed("Do not take scores for probabilities, and choose thresholds anew after each training."),
    "empty": _fixed("Add images of this kind without objects to the training split, or raise the threshold."),
    "turned": _fixed("Do not train it longer: add images or augmentation, or take a smaller model."),
    "sample": _fixed("Add labelled images to the validation split before choosing between models by their AP."),
}
