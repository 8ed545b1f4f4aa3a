"""Advice in words: what the figures say, what to do next, and where a click leads.

Plain text with shares in per cent. It holds names from users, so a page must escape it.
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
    """The finding, with its figures."""
    return _FINDINGS[advice.key](advice.evidence)


def next_words(advice: Advice) -> str:
    """The next step."""
    return _NEXT[advice.key](advice.evidence)


def link_words(advice: Advice) -> str:
    """The label of the link; "" without a link."""
    if tab := advice.images.get("tab"):
        return tab
    return "Show them" if advice.images else ""


def _of_lost(evidence: _Evidence, what: str) -> str:
    return f"{percent(evidence['share_of_lost'], 0)} % of the AP lost at IoU {evidence['iou']:g} is {what}"


def _missed(evidence: _Evidence) -> str:
    where = f" ({evidence['slice_title']})" if evidence["slice"] else ""
    what = f"missed {evidence['class'] or 'objects'}{where}"
    share = _of_lost(evidence, what)
    return f"{share}: nothing finds {count(evidence['boxes'])} of {count(evidence['of'])}, at any score."


def _next_of_missed(evidence: _Evidence) -> str:
    if evidence["slice"] in _TINY:
        return "Train and use it at a larger input size, so that they cover more of the network's cells."
    if evidence["slice"] == "border:cut":
        return "Label all objects at the edge the same way, and train with random crops, which make more of them."
    if evidence["class"]:
        return f"Add training images with {evidence['class']}, or show those there are more often (balance)."
    return "Look at what they have in common and add such images; train longer, or take a larger model."


def _false_positives(what: str) -> Callable[[_Evidence], str]:
    def words(evidence: _Evidence) -> str:
        of = f" of {evidence['class']}" if evidence["class"] else ""
        share = _of_lost(evidence, f"{what.format(of=of)}")
        return (
            f"{share}: {count(evidence['boxes'])} of {count(evidence['of'])} detections at score {evidence['score']:g}."
        )

    return words


def _labels(evidence: _Evidence) -> str:
    finding, sure = _ON_NOTHING(evidence)[:-1], count(evidence["sure"])
    return f"{finding}, {sure} of them at {evidence['sure_from']:g} or more."


def _loose(evidence: _Evidence) -> str:
    whose = f"Boxes of {evidence['class']}" if evidence["class"] else "Boxes"
    return (
        f"{whose} fit loosely: AP75 {percent(evidence['ap75'])} against AP50 {percent(evidence['ap50'])}, of which "
        f"good detectors keep about {percent(evidence['usual_share'], 0)} %."
    )


def _pair(evidence: _Evidence) -> str:
    first, second = evidence["classes"]
    return (
        f"{first} and {second} are mixed up both ways: {count(evidence['first_as_second'])} and "
        f"{count(evidence['second_as_first'])} of {counted(evidence['objects'], 'object')} at score "
        f"{evidence['score']:g}."
    )


def _cap(evidence: _Evidence) -> str:
    return (
        f"{count(evidence['objects'])} of {count(evidence['of'])} {evidence['class']} can never count: AP takes the "
        f"{evidence['cap']} best detections of a class on an image."
    )


def _few_examples(evidence: _Evidence) -> str:
    return (
        f"{evidence['class']} is in {counted(evidence['training_pictures'], 'training image')} only, and its AP is "
        f"{percent(evidence['ap'])} against {percent(evidence['ap_of_others'])} of the others."
    )


def _slice(evidence: _Evidence) -> str:
    what = {"size": "Objects", "side": "Objects", "border": "Objects"}.get(evidence["by"], "Images:")
    return (
        f"{what} {evidence['slice_title']}: {evidence['rate']} {percent(evidence['value'])} against "
        f"{percent(evidence['value_of_all'])} on the whole ({counted(evidence['objects'], 'object')}, score "
        f"{evidence['score']:g})."
    )


def _next_of_slice(evidence: _Evidence) -> str:
    if evidence["slice"] in _TINY:
        return "Train and use it at a larger input size, so that they cover more of the network's cells."
    if evidence["by"] == "border":
        return "Label all objects at the edge the same way, and train with random crops, which make more of them."
    return "Look at what they have in common, check their labels, and add training images of this kind."


def _threshold(evidence: _Evidence) -> str:
    at = "a threshold for each class" if evidence["is_each"] else f"score {evidence['best_score']:.2f}"
    best, current = percent(evidence["best_f1"]), percent(evidence["f1"])
    return f"With {at}, F1 is {best} instead of {current} at {evidence['score']:g}."


def _calibration(evidence: _Evidence) -> str:
    scores = "Calibrated scores" if evidence["is_calibrated"] else "Scores"
    return (
        f"{scores} from {evidence['from_score']:g} promise {percent(evidence['mean_score'])} % right on average, and "
        f"{percent(evidence['precision'])} % of these {counted(evidence['detections'], 'detection')} are."
    )


def _empty(evidence: _Evidence) -> str:
    false_positives = counted(evidence["false_alarms"], "false positive")
    images = counted(evidence["pictures"], "image")
    return f"{false_positives} on {images} without any object, at score {evidence['score']:g}."


def _sample(evidence: _Evidence) -> str:
    if evidence["half_width"] is None:
        images = counted(evidence["pictures"], "image")
        return f"Only {images} show an object: too few to tell how certain these figures are."
    return f"AP is known to within ± {percent(evidence['half_width'])} points only ({evidence['pictures']} images)."


def _fixed(words: str) -> Callable[[_Evidence], str]:
    return lambda evidence: words


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
    "turned": lambda evidence: (
        f"Validation loss has risen since iteration {count(evidence['iteration'])}, while training loss fell."
    ),
    "sample": _sample,
}
_NEXT: Final[dict[str, Callable[[_Evidence], str]]] = {
    "missed": _next_of_missed,
    "background": _fixed(
        "Check them: label those that are objects; for the others add images of such background without objects."
    ),
    "labels": _fixed(
        "Check the label issues first: a detection on nothing with such a score is often a missing label."
    ),
    "location": _fixed("Check that all labels fit tightly; train longer, or at a larger input size."),
    "duplicate": _fixed(
        "Merge overlapping boxes at a lower IoU (non-maximum suppression, NMS_THRESH_TEST in the expert view)."
    ),
    "loose": _fixed("Train longer, or at a larger input size; check that all labels fit tightly."),
    "pair": _fixed("Write down what tells them apart and check the labels by it; if nothing does, merge the classes."),
    "cap": _fixed("Cut such images into tiles, before labelling and before use."),
    "few_examples": lambda evidence: (
        f"Label more images with {evidence['class']}; until then show those there are more often (balance)."
    ),
    "slice": _next_of_slice,
    "threshold": _fixed("Choose it in the threshold explorer, and store it with the model."),
    "calibration": lambda evidence: (
        "Fit temperatures again on validation: those that are stored do not hold for these images."
        if evidence["is_calibrated"]
        else "Fit temperatures on validation and store them with the model; use the calibrated scores as probabilities."
    ),
    "empty": _fixed("Add images of this kind without objects to the training split, or raise the threshold."),
    "turned": _fixed("Do not train it longer: add images or augmentation, or take a smaller model."),
    "sample": _fixed("Add labelled images to the validation split before choosing between models by their AP."),
}
