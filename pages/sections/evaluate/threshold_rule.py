"""The pair of thresholds that rules an evaluation page, and the figures it gives."""

from typing import Any

import streamlit as st

from core.evaluation.intervals.files import ErrorBars
from core.figures.class_table import all_classes
from core.figures.comparison import interval_words, plus_minus
from core.figures.words.numbers import count, counted, percent
from core.services.evaluation import why_not_to_choose
from pages.sections.evaluate.state import LOWEST_IOU, EvaluationView, number_text
from pages.widgets import address
from pages.widgets.cached import is_dark

# Stays in view while the page scrolls: every number below depends on it. Not on a telephone, which it would fill. It is
# the wrapper that stays, because a box does so only inside of the one around it, and that is no higher than itself.
_STICKY = """<style>
@media (min-width: 900px) {
  div:has(> .st-key-evaluation-rule) { position: sticky; top: 0; z-index: 90; background: BACKGROUND;
    border-bottom: 1px solid BORDER; padding: .35rem 0 .5rem; }
  /* What rules the images stays beside them: they are many more than fit. */
  div:has(> .st-key-evaluation-tabs) { position: sticky; top: 6.5rem; max-height: calc(100vh - 7.5rem);
    overflow: hidden auto; }
}
</style>"""


def show_rule(view: EvaluationView) -> None:
    """Score and IoU, in view all the time."""
    st.html(_STICKY.replace("BACKGROUND", _colour("backgroundColor")).replace("BORDER", _colour("borderColor")))
    asked = view.evaluation
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="evaluation-rule"):
        st.slider(
            "Score at least",
            0.0,
            1.0,
            step=0.01,
            width=300,
            help="Detections below it are left out of counts, matrix and images. AP does not use it.",
            **address.bound("score", view.score, number_text(asked.score), start="value"),
        )
        st.slider(
            "IoU at least",
            LOWEST_IOU,
            1.0,
            step=0.05,
            width=220,
            help="How much a detection must overlap an object to have found it. AP does not use it.",
            **address.bound("iou", view.iou, number_text(asked.iou), start="value"),
        )
        # Where a threshold may be chosen only: on test images the stored one is what a figure is wanted of.
        if (stored := asked.stored) and stored.score != view.score:
            st.button(
                f"Stored threshold, {stored.score:.2f}",
                icon=":material/bookmark:",
                type="tertiary",
                help="The one that is stored with the model, chosen on validation.",
                on_click=address.put,
                args=({"score": number_text(asked.score)(stored.score)},),
            )
        best = None if why_not_to_choose(asked) else asked.suggested
        if best and best.score != view.score:
            st.button(
                f"Best F1 at {best.score:.2f}",
                icon=":material/recommend:",
                type="tertiary",
                help=f"F1 {percent(best.f1)}, precision {percent(best.precision)}, recall {percent(best.recall)}",
                on_click=address.put,
                args=({"score": f"{best.score:g}"},),
            )


def _colour(name: str) -> str:
    """A colour of the theme that is shown: its variables are not there outside of components."""
    return str(st.get_option(f"theme.{'dark' if is_dark() else 'light'}.{name}"))


def show_tiles(view: EvaluationView, summary: dict[str, Any], bars: ErrorBars | None = None) -> None:
    """AP as COCO has it with its error bars, and what the pair of thresholds gives."""
    together = all_classes(summary)
    tiles = [
        ("AP", percent(summary["ap"]), "IoU 0.50 to 0.95"),
        ("AP50", percent(summary["ap50"]), ""),
        ("AP75", percent(summary["ap75"]), ""),
        ("Precision", percent(together.precision), f"{count(together.fp)} false positives"),
        ("Recall", percent(together.recall), f"{count(together.fn)} missed"),
        ("F1", percent(together.f1), f"{count(together.tp)} found"),
    ]
    masks = summary["segm"]
    if masks and masks["ap"] is not None:
        tiles.insert(3, ("Mask AP", percent(masks["ap"]), f"AP50 {percent(masks['ap50'])}"))
    # Seven stand in one row of a window of 1280 px with less between them.
    with st.container(horizontal=True, gap="medium" if len(tiles) < 7 else "small", key="evaluation-tiles"):
        for label, value, below in tiles:
            with st.container(width=118, gap=None):
                bar = _bar(bars, label)
                st.metric(label, value, **bar)
                # An error bar stands where the caption would, and says in its help what the caption does.
                if not bar:
                    st.caption(below or " ")


def show_basis(view: EvaluationView, summary: dict[str, Any]) -> None:
    """What the figures are of, in a line."""
    together = all_classes(summary)
    st.caption(
        f"{counted(summary['images'], 'image')}, {counted(together.truths, 'object')}. AP counts all scores and "
        f"IoUs; the rest holds at score {view.score:g} and IoU {view.iou:g}.",
        width="content",
    )


def _bar(bars: ErrorBars | None, label: str) -> dict[str, Any]:
    """What stands small beside a figure: its error bar, where it has one."""
    known = {"AP": bars.together.ap, "AP50": bars.together.ap50} if bars else {}
    interval = known.get(label)
    if interval is None:
        return {}
    ious = "IoU 0.50 to 0.95" if label == "AP" else "IoU 0.50"
    words = f"{ious}. 95 % interval {interval_words(interval)}: where it would lie on many more images of this kind."
    return {"delta": plus_minus(interval) or None, "delta_color": "off", "delta_arrow": "off", "help": words}
