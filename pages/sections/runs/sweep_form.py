"""The form of a sweep: which settings, within which ranges and budget; and the sweeps that a run has had."""

from typing import Final

import streamlit as st

from core.errors import AppError
from core.figures.words.numbers import ago, counted, duration
from core.services import runs, sweeps
from core.settings import Settings
from core.training.recipe.search_space import MOST_SETTINGS, SWEPT, USUAL_SEEDS, Span, title_of
from pages.widgets.actor import actor_of
from pages.widgets.badges import show_phase
from pages.widgets.notices import show_error
from pages.widgets.text import capital, code, escape

_USUAL: Final = ("learning_rate",)
ANSWERS: Final = {sweeps.BETTER: "A better setting", sweeps.NOTHING: "Nothing is better", "": ""}


def show_form(settings: Settings, run: str) -> None:
    """The form for the run with this id."""
    base = runs.describe_run(settings, run)
    st.subheader("Are there better settings?", anchor=False)
    st.markdown(
        f"Tries other settings of **{escape(base.name)}**, one run after the other, and ends poor ones early. The best "
        "is trained again with other seeds, as are your settings, and the two are compared. The answer may be that "
        "nothing is better than what you have."
    )
    if base.phase != "finished" or base.best is None:
        show_error(AppError(f"Run {base.name} has no result yet.", "Come back when it has finished."))
    else:
        _show_choices(settings, base.run)
    _show_earlier(settings, base.run)


def _show_choices(settings: Settings, run: str) -> None:
    chosen = st.multiselect(
        f"Settings, up to {MOST_SETTINGS}", SWEPT, default=_USUAL, format_func=lambda name: capital(title_of(name)),
        max_selections=MOST_SETTINGS, key="sweep-settings",
    )  # fmt: skip
    spans = _spans(settings, run, chosen)
    if caveat := sweeps.caveat_of(settings, run):
        st.warning(caveat, icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seeds = st.number_input(
            "Seeds of the check", 2, 5, USUAL_SEEDS, key="sweep-seeds", width=160,
            help="The best and your settings are each trained with so many other seeds.",
        )  # fmt: skip
        budget = sweeps.budget_of(settings, run, int(seeds))
        minutes = st.number_input(
            "Budget, minutes", 0.0, None, budget.usual_minutes, key="sweep-minutes", format="%g", width=170,
            help="Of training, over all runs of the sweep. Waiting in the queue does not count.",
        )  # fmt: skip
    least = duration(60 * budget.least_minutes)
    st.caption(f"One trial and the check need about {least}; what is left goes into more trials.")
    over = [f"{name}={span.words}" for name, span in spans.items()]
    if st.button("Start the sweep", type="primary", icon=":material/play_arrow:", key="sweep-start",
                 disabled=len(over) < len(chosen) or not chosen):  # fmt: skip
        request = sweeps.SweepRequest(run=run, over=tuple(over), minutes=minutes, seeds=int(seeds))
        key = sweeps.start_sweep(settings, request, actor=actor_of(settings))
        st.switch_page("pages/sweep.py", query_params={"run": run, "sweep": key})


def _spans(settings: Settings, run: str, chosen: list[str]) -> dict[str, Span]:
    """The span of each chosen setting, as far as they are valid; the others say why not."""
    spans = {}
    columns = st.columns(max(1, min(3, len(chosen))))
    for index, name in enumerate(chosen):
        with columns[index % len(columns)]:
            (usual,) = sweeps.sweepable_spans(settings, run, [name])
            written = st.text_input(capital(title_of(name)), usual.words, key=f"sweep-span-{name}",
                                    help="A range as 0.001..0.01, or values as 0,0.99,0.998.")  # fmt: skip
            try:
                (span,) = sweeps.sweepable_spans(settings, run, [f"{name}={written}"])
            except AppError as error:
                show_error(error)
                continue
            spans[name] = span
            if span.words != written:
                st.caption(f"With what you have: {code(span.words)}")
    return spans


def _show_earlier(settings: Settings, run: str) -> None:
    rows = sweeps.list_sweeps(settings, run)
    if not rows:
        return
    st.markdown("**Earlier sweeps of this run**")
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width=370, gap=None):
                st.page_link("pages/sweep.py", label=f"**{escape(row.name)}**",
                             query_params={"run": run, "sweep": row.sweep})  # fmt: skip
                st.caption(f"{counted(max(0, row.trials - 1), 'trial')} · {ago(row.created)}")
            show_phase(row.phase)
            st.markdown(ANSWERS.get(row.answer, ""), width="content")
