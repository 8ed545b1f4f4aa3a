"""The seal on test scores: the notice instead of the scores, and the log of openings."""

import streamlit as st

from core.figures.words.numbers import ago, count, counted, day
from core.services import evaluation
from core.services.evaluation import Seal
from core.settings import Settings
from pages.sections.evaluate.state import EvaluationView
from pages.widgets.actor import actor_of, by_words
from pages.widgets.names import dataset_name, subject_name
from pages.widgets.text import code


def show_seal(settings: Settings, key: str) -> bool:
    """Draws the closed seal of the evaluation with its button. Returns whether the scores may be shown instead."""
    seal = evaluation.find_seal(settings, key)
    if seal is None or seal.is_open:
        return True
    with st.container(border=True, key="evaluation-seal"):
        st.subheader(":material/lock: These test scores are sealed", anchor=False)
        where = f"the test images of {code(dataset_name(seal.dataset))} {seal.version}"
        st.markdown(
            f"{code(subject_name(seal.subject))} was evaluated on {where}. Test scores are honest only if nobody "
            "chooses a model by them. Choose on validation, and open them last."
        )
        st.caption(f"{opened_words(seal)} The data set logs each opening.")
        if st.button("Open the test scores", type="primary", icon=":material/lock_open:", key="open-seal"):
            evaluation.open_seal(settings, key, actor=actor_of(settings))
            st.rerun()
    return False


def show_openings(view: EvaluationView) -> None:
    """How often the test scores were opened, below the figures."""
    if seal := view.evaluation.seal:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="evaluation-openings"):
            st.caption(f":material/lock_open: {opened_words(seal)}", width="content")
            with st.popover("Log", type="tertiary"):
                st.dataframe(
                    [
                        {
                            "When": f"{day(opening.time)}, {ago(opening.time)}",
                            "Who": opening.actor.name if opening.actor else "",
                            "From": opening.place,
                            "Model": subject_name(opening.subject),
                        }
                        for opening in reversed(seal.openings)
                    ],
                    hide_index=True,
                )


def opened_words(seal: Seal) -> str:
    """How often and when the scores were opened, over all runs, in a sentence."""
    if not seal.openings:
        return "Nobody has opened the scores of this test split yet."
    first, *others = seal.openings
    by = by_words(first.actor)
    if not others:
        return f"The scores of this test split were opened once, on {day(first.time)}{by}."
    models = counted(len({opening.subject for opening in seal.openings}), "model")
    times = f"{count(len(seal.openings))} times, for {models}"
    return f"The scores of this test split were opened {times}; the first time on {day(first.time)}{by}."
