"""What an evaluation's page shows: which evaluation, at which score and IoU, which images. It lives in the
address."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

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
# What narrows the images; a click that narrows them anew starts with none of these.
NARROWING: Final = ("cell", "cause", "class", "outcome", "slice", "image", "page", "box")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationView:
    """One view of an evaluation."""

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
        """The document of the command line at this score and IoU."""
        return evaluating.summarise(self.evaluation, self.score, self.iou, repair)


def open_view(settings: Settings, key: str) -> EvaluationView:
    """The view that the address asks for; what makes no sense in it is left out. Raises AppError."""
    evaluation = evaluating.refreshed(settings, _opened(settings, key))
    score = address.number("score", evaluation.score, 0.0, 1.0)
    iou = address.number("iou", evaluation.iou, LOWEST_IOU, 1.0)
    chosen = ImageFilter(
        sort=address.choice("sort", list(SORTS), "mistakes"),
        category_id=_class_of(evaluation.class_names),
        outcome=address.choice("outcome", OUTCOMES),
        cell=_cell_of(len(evaluation.class_names)),
        text=address.text("q"),
        cause=address.choice("cause", CAUSES),
        slice=address.text("slice") if evaluating.find_slice(evaluation, address.text("slice")) else "",
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
    """Show other boxes: these parameters instead of all that narrowed the images before."""
    address.put({**dict.fromkeys(NARROWING), **parameters})


def number_text(default: float) -> Any:
    """How a threshold is written into the address: two digits, and not at all where it is the evaluation's own."""
    return lambda value: None if value == default else f"{value:g}"


@st.cache_resource(max_entries=6, show_spinner="Opening the evaluation …")
def _opened(settings: Settings, key: str) -> OpenEvaluation:
    return evaluating.open_evaluation(settings, key)


def _class_of(names: list[str]) -> int:
    wanted = address.text("class")
    return names.index(wanted) if wanted in names else -1


def _cell_of(classes: int) -> tuple[int, int] | None:
    """`truth:prediction` as class indices, the number of classes being the background."""
    truth, colon, found = address.text("cell").partition(":")
    digits = truth + found
    if not (colon and truth and found and digits.isascii() and digits.isdecimal() and len(digits) < 12):
        return None
    cell = (int(truth), int(found))
    return cell if max(cell) <= classes and cell != (classes, classes) else None
