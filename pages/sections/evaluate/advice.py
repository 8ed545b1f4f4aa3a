"""Advice: what would help the model most, each item with a link to its images.

It holds at the evaluation's score and IoU, not at the sliders', so that the list does not change when a click shows the
boxes of an item. The click sets both sliders.
"""

from typing import Final

import streamlit as st

from core.evaluation.advice.facts import Advice
from core.figures.words.advice import NOTHING, finding_words, link_words, next_words
from core.figures.words.numbers import percent
from core.services import evaluation as evaluation_advice
from core.services.evaluation import OpenEvaluation
from core.settings import Settings
from pages.sections.evaluate.state import NARROWING, EvaluationView, number_text
from pages.widgets import address
from pages.widgets.text import escape

# Shown at once; the others are folded, so that the images stay near.
_AT_ONCE: Final = 2
_HELP: Final = (
    "Most AP points at stake first. For a cause of mistakes they are points of AP at this evaluation's IoU, else of "
    "AP. They do not add up. Each rule needs a minimum number of boxes or images, and is silent below it."
)
_STYLE: Final = """<style>
.st-key-evaluation-advice { gap: .5rem; padding: .7rem 1rem .5rem; }
.st-key-evaluation-advice details { border: 0; }
.st-key-evaluation-advice details summary { padding: .1rem 0; }
.st-key-evaluation-advice details [data-testid="stExpanderDetails"] { padding: .4rem 0 .3rem; }
</style>"""


def show_advice(settings: Settings, view: EvaluationView, has_bars: bool) -> None:
    """The most valuable items with the next step; the others folded."""
    evaluation = view.evaluation
    revisions = tuple(stored.revision if stored else 0 for stored in (evaluation.stored, evaluation.temperatures))
    items = _advice(settings, evaluation, (evaluation.id, evaluation.created, evaluation.score, *revisions, has_bars))
    st.html(_STYLE)
    with st.container(border=True, key="evaluation-advice"):
        st.markdown("**What would help most**", help=_HELP)
        if not items:
            st.caption(NOTHING)
        for number, item in enumerate(items[:_AT_ONCE]):
            _show_item(view, number, item)
        if rest := items[_AT_ONCE:]:
            with st.expander(f"{len(rest)} more"):
                for number, item in enumerate(rest, _AT_ONCE):
                    _show_item(view, number, item)


# No caller writes into it; `key` holds all that it depends on.
@st.cache_resource(max_entries=20, show_spinner="Preparing advice …")
def _advice(_settings: Settings, _evaluation: OpenEvaluation, key: tuple[object, ...]) -> list[Advice]:
    return evaluation_advice.give_advice(_settings, _evaluation)


def _show_item(view: EvaluationView, number: int, item: Advice) -> None:
    stake = ":material/lightbulb:" if item.at_stake is None else f"**{percent(item.at_stake)}** :small[AP]"
    words = f"{escape(finding_words(item))}  \n:small[:gray[{escape(next_words(item))}]]"
    left, middle, right = st.columns([1.1, 13, 2.2], vertical_alignment="center")
    left.markdown(stake)
    middle.markdown(words)
    if link := link_words(item):
        right.button(
            link,
            key=f"advice-{number}",
            type="tertiary",
            icon=":material/arrow_forward:",
            on_click=_follow,
            args=(view, item),
        )


def _follow(view: EvaluationView, item: Advice) -> None:
    """Shows the boxes of an item, at the score and IoU of the advice."""
    evaluation = view.evaluation
    wanted = evaluation_advice.address_of(item, evaluation)
    thresholds = {
        name: number_text(usual)(float(wanted[name]))
        for name, usual in (("score", evaluation.score), ("iou", evaluation.iou))
    }
    address.put({**dict.fromkeys(NARROWING), **wanted, **thresholds})
