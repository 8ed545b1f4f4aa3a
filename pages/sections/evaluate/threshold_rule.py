"""Score and IoU thresholds of an evaluation page, and the figures at them."""

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

# Stays in view while the page scrolls, because every number below depends on it; not on a phone, which it would fill.
# The wrapper is sticky, not the container: that only sticks inside its wrapper, which is no taller.
_STICKY = """<style>
@media (min-width: 900px) {
  div:has(> .st-key-evaluation-rule) { position: sticky; top: 0; z-index: 90; background: BACKGROUND;
    border-bottom: 1px solid BORDER; padding: .35rem 0 .5rem; }
  /* The tabs that filter the images stay beside their long grid. */
  div:has(> .st-key-evaluation-tabs) { position: sticky; top: 6.5rem; max-height: calc(100vh - 7.5rem);
    overflow: hidden auto; }
}
</style>"""


def show_rule(view: EvaluationView) -> None:
    """The sliders for score and IoU, always in view."""
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
            help="A detection must overlap an object by this much to match it. AP does not use it.",
            **address.bound("iou", view.iou, number_text(asked.iou), start="value"),
        )
        # Where a threshold may be chosen only: on test images the stored one is what a figure is wanted of.
        if (stored := asked.stored) and stored.score != view.score:
            st.button(
                f"Stored threshold, {stored.score:.2f}",
                icon=":material/bookmark:",
                type="tertiary",
                help="The threshold stored with the model, chosen on validation.",
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
    """A colour of the current theme; outside of components there are no CSS variables for it."""
    return str(st.get_option(f"theme.{'dark' if is_dark() else 'light'}.{name}"))


def show_tiles(view: EvaluationView, summary: dict[str, Any], bars: ErrorBars | None = None) -> None:
    """COCO AP with error bars, and precision, recall and F1 at the two thresholds."""
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
    # With a smaller gap, seven fit into one row of a window of 1280 px.
    with st.container(horizontal=True, gap="medium" if len(tiles) < 7 else "small", key="evaluation-tiles"):
        for label, value, below in tiles:
            with st.container(width=118, gap=None):
                bar = _bar(bars, label)
                st.metric(label, value, **bar)
                # An error bar takes the place of the caption; its help has the caption's text.
                if not bar:
                    st.caption(below or " ")


def show_basis(view: EvaluationView, summary: dict[str, Any]) -> None:
    """The basis of the figures, in a line."""
    together = all_classes(summary)
    st.caption(
        f"{counted(summary['images'], 'image')}, {counted(together.truths, 'object')}. AP counts all scores and "
        f"IoUs; the rest holds at score {view.score:g} and IoU {view.iou:g}.",
        width="content",
    )


def _bar(bars: ErrorBars | None, label: str) -> dict[str, Any]:
    """The arguments that show a figure's error bar, if it has one."""
    intervals = {"AP": bars.together.ap, "AP50": bars.together.ap50} if bars else {}
    interval = intervals.get(label)
    if interval is None:
        return {}
    ious = "IoU 0.50 to 0.95" if label == "AP" else "IoU 0.50"
    words = f"{ious}. 95 % interval {interval_words(interval)}: the likely range on many more images of this kind."
    return {"delta": plus_minus(interval) or None, "delta_color": "off", "delta_arrow": "off", "help": words}
