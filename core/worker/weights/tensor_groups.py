"""Groups tensors by the part of the detector that they belong to."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

# The first match counts. The names are Detectron2's, of two-stage models and of RetinaNet.
_PARTS: Final = (
    (re.compile(r"^backbone\.(?:bottom_up\.)?(stem|res\d)\."), r"backbone \1"),
    (re.compile(r"^backbone\.(?:fpn_|top_block)"), "FPN"),
    (re.compile(r"^backbone\."), "backbone"),
    (re.compile(r"^proposal_generator\."), "RPN"),
    (re.compile(r"^roi_heads\.mask_head\.predictor\."), "mask predictor"),
    (re.compile(r"^roi_heads\.mask_head\."), "mask head"),
    (re.compile(r"^(?:roi_heads\.box_predictor(?:\.\d+)?|head)\.cls_score\."), "class predictor"),
    (re.compile(r"^(?:roi_heads\.box_predictor(?:\.\d+)?|head)\.bbox_pred\."), "box regressor"),
    (re.compile(r"^(?:roi_heads\.(?:box_head|res5)|head)\."), "box head"),
)
FATES: Final = ("loaded", "resized", "reinitialised", "missing", "ignored")


def group_of(tensor: str) -> str:
    """The part that a tensor belongs to, e.g. "backbone res2" or "box head"; by default the first part of its name."""
    for pattern, words in _PARTS:
        if match := pattern.match(tensor):
            return match.expand(words)
    return tensor.partition(".")[0]


def table_of(fates: Mapping[str, Iterable[str]], notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row for each part, from the backbone to the heads: the number of tensors by outcome, and the part's note.

    Args: fates, tensor names by outcome (`FATES`); notes, a sentence by part.
    """
    counted: dict[str, dict[str, int]] = {}
    for fate in FATES:
        for name in fates.get(fate, ()):
            row = counted.setdefault(group_of(name), dict.fromkeys(FATES, 0))
            row[fate] += 1
    return [{"group": group, **counted[group], "note": notes.get(group, "")} for group in sorted(counted, key=_rank)]


def _rank(group: str) -> tuple[int, str]:
    order = ("backbone stem", "backbone res", "backbone", "FPN", "RPN", "box head", "class predictor", "box regressor")
    positions = [index for index, start in enumerate(order) if group.startswith(start)]
    last = len(order) + (0 if group.startswith("mask") else 1)
    return (positions[0] if positions else last, group)
