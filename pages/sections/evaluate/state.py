"""The state of an evaluation's page, kept in the address: evaluation, score, IoU, filter, image."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from core.errors import DamagedFileError
from core.services import evaluation as evaluating
from core.services.evaluation import (
    CAUSES,
    OUTCOMES,
    SORTS,
    Cause,
    ImageFilter,
    OpenEvaluation,
)
from core.settings import Settings
from pages.widgets import address

LOWEST_IOU: Final = 0.05
# Parameters that filter the images; a click on another figure clears them first.
NARROWING: Final = ("cell", "cause", "class", "outcome", "slice", "attribute", "value", "image", "page", "box")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationView:
    """An evaluation at a score and IoU, each 0 to 1, with a filter of its images."""

    evaluation: OpenEvaluation
    score: float
    iou: float
    filter: ImageFilter
    image: int | None
    page: int

    @property
    def names(self) -> list[str]:
        """Class names by index."""
        return self.evaluation.class_names

    def summary(self, repair: Collection[Cause] = ()) -> dict[str, Any]:
        """The summary at this score and IoU, as the command line prints it."""
        return evaluating.summarise(self.evaluation, self.score, self.iou, repair)


def open_view(settings: Settings, key: str) -> EvaluationView:
    """The view of the address; invalid parameters are ignored. Raises AppError."""
    evaluation = evaluating.refreshed(settings, _opened(settings, key))
    score = address.number("score", evaluation.score, 0.0, 1.0)
    iou = address.number("iou", evaluation.iou, LOWEST_IOU, 1.0)
    attribute = _attribute_of(evaluation)
    chosen = ImageFilter(
        sort=address.choice("sort", list(SORTS), "mistakes"),
        category_id=_class_of(evaluation.class_names),
        outcome=address.choice("outcome", OUTCOMES),
        cell=_cell_of(len(evaluation.class_names)),
        text=address.text("q"),
        cause=address.choice("cause", CAUSES),
        slice=address.text("slice") if evaluating.find_slice(evaluation, address.text("slice")) else "",
        attribute=attribute,
        # Not among the most frequent values only: a link may name any.
        value=address.text("value") if attribute else "",
    )
    return EvaluationView(
        evaluation=evaluation,
        score=score,
        iou=iou,
        filter=chosen,
        image=address.whole("image"),
        page=address.whole("page", 1) or 1,
    )


def narrow(**parameters: str) -> None:
    """Shows other boxes: replaces the current filter by these parameters."""
    address.put({**dict.fromkeys(NARROWING), **parameters})


def number_text(default: float) -> Any:
    """The function that writes a threshold into the address: as a number, or None for the default."""
    return lambda value: None if value == default else f"{value:g}"


@st.cache_resource(max_entries=6, show_spinner="Opening the evaluation …")
def _opened(settings: Settings, key: str) -> OpenEvaluation:
    return evaluating.open_evaluation(settings, key)


def _class_of(names: list[str]) -> int:
    wanted = address.text("class")
    return names.index(wanted) if wanted in names else -1


def _attribute_of(evaluation: OpenEvaluation) -> str:
    """The attribute of the address, if the data set version has it and can still be read."""
    if not address.text("attribute"):
        return ""
    try:
        return address.choice("attribute", evaluating.attribute_names(evaluation))
    except DamagedFileError:
        return ""


def _cell_of(classes: int) -> tuple[int, int] | None:
    """`truth:prediction` as class indices; the number of classes stands for the background."""
    truth, colon, predicted = address.text("cell").partition(":")
    digits = truth + predicted
    if not (colon and truth and predicted and digits.isascii() and digits.isdecimal() and len(digits) < 12):
        return None
    cell = (int(truth), int(predicted))
    return cell if max(cell) <= classes and cell != (classes, classes) else None
