"""What would help the model most, in words, each a click away from its images.

It is of the evaluation's own score and IoU and not of the sliders', so that the list does not change under the click
that shows its boxes; a click sets both.
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

# What is said at once; the others are a click away, so that the images stay near.
_AT_ONCE: Final = 2
_HELP: Final = (
    "The AP points at stake first: for mistakes of a cause those of AP at this evaluation's IoU, else of AP. They do "
    "not add up. Only what the figures support is said: each rule has a least number of boxes or images, below which "
    "it is silent."
)
_STYLE: Final = """<style>
.st-key-evaluation-advice { gap: .5rem; padding: .7rem 1rem .5rem; }
.st-key-evaluation-advice details { border: 0; }
.st-key-evaluation-advice details summary { padding: .1rem 0; }
.st-key-evaluation-advice details [data-testid="stExpanderDetails"] { padding: .4rem 0 .3rem; }
</style>"""


def show_advice(settings: Settings, view: EvaluationView, has_bars: bool) -> None:
    """The costliest findings with what to do next; the others below a click."""
    evaluation = view.evaluation
    revision = evaluation.stored.revision if evaluation.stored else 0
    found = _advice(settings, evaluation, (evaluation.id, evaluation.created, evaluation.score, revision, has_bars))
    st.html(_STYLE)
    with st.container(border=True, key="evaluation-advice"):
        st.markdown("**What would help most**", help=_HELP)
        if not found:
            st.caption(NOTHING)
        for place, one in enumerate(found[:_AT_ONCE]):
            _show_one(view, place, one)
        if rest := found[_AT_ONCE:]:
            with st.expander(f"{len(rest)} more"):
                for place, one in enumerate(rest, _AT_ONCE):
                    _show_one(view, place, one)


# Nobody writes into it; what it depends on is in `key`.
@st.cache_resource(max_entries=20, show_spinner="Looking for what would help …")
def _advice(_settings: Settings, _evaluation: OpenEvaluation, key: tuple[str, float, float, int, bool]) -> list[Advice]:
    return evaluation_advice.give_advice(_settings, _evaluation)


def _show_one(view: EvaluationView, place: int, one: Advice) -> None:
    stake = ":material/lightbulb:" if one.at_stake is None else f"**{percent(one.at_stake)}** :small[AP]"
    words = f"{escape(finding_words(one))}  \n:small[:gray[{escape(next_words(one))}]]"
    left, middle, right = st.columns([1.1, 13, 2.2], vertical_alignment="center")
    left.markdown(stake)
    middle.markdown(words)
    if link := link_words(one):
        right.button(
            link,
            key=f"advice-{place}",
            type="tertiary",
            icon=":material/arrow_forward:",
            on_click=_follow,
            args=(view, one),
        )


def _follow(view: EvaluationView, one: Advice) -> None:
    """Show the boxes meant, at the score and IoU that the advice was given at."""
    asked = view.evaluation
    wanted = evaluation_advice.address_of(one, asked)
    thresholds = {
        name: number_text(usual)(float(wanted[name])) for name, usual in (("score", asked.score), ("iou", asked.iou))
    }
    address.put({**dict.fromkeys(NARROWING), **wanted, **thresholds})
