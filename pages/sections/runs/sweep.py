"""A sweep: its answer, its figures, its trials and its checks; stop and resume."""

from typing import Any, Final

import streamlit as st

from core.figures.comparison import interval_words
from core.figures.sweep import TrialPoint, history_figure, setting_figure
from core.figures.words.numbers import NONE, count, counted, duration, percent, signed
from core.services import sweeps
from core.services.sweeps import Sweep, Trial
from core.settings import Settings
from core.training.recipe.search_space import Span, title_of, value_words, words_of_values
from pages.widgets.actor import actor_of
from pages.widgets.badges import show_phase
from pages.widgets.cached import is_dark
from pages.widgets.charts import show_chart
from pages.widgets.text import capital, escape

_HISTORY: Final = 300
_SETTING: Final = 260
_STATES: Final = {
    "waiting": "Waiting",
    "running": "Running",
    "complete": "Complete",
    "pruned": "Ended early",
    "failed": "Failed",
}
LIMITS: Final = (
    "The best of many trials had luck, so it is trained again with seeds that the search did not see, as are your "
    "settings. Both are evaluated on the validation images. The interval holds the chance of the images and of the "
    "seeds. The validation images also chose the best trial, so it may still look a little better here than on others."
)


def show_sweep(settings: Settings, sweep: Sweep) -> None:
    """The sweep as far as it has come."""
    _show_header(settings, sweep)
    _show_answer(sweep)
    _show_tiles(sweep)
    points = [_point(trial) for trial in sweep.state.trials if trial.ap is not None]
    if points:
        show_chart(history_figure(points, is_dark()), "sweep-history", _HISTORY, help="A hollow trial was ended early.")
        _show_settings(sweep.plan.spans, points)
    _show_trials(sweep)
    _show_checks(sweep)


def _show_header(settings: Settings, sweep: Sweep) -> None:
    plan = sweep.plan
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(escape(plan.name), anchor=False, width="content")
        show_phase(sweep.phase)
        st.space("stretch")
        if not sweep.ended:
            help_text = "Stops its run too, with a checkpoint. Both can be resumed."
            if st.button("Stop", icon=":material/stop_circle:", key="sweep-stop", help=help_text):
                sweeps.stop_sweep(settings, plan.id, actor=actor_of(settings))
                st.toast("The sweep is stopping. Its run writes a checkpoint first.")
        elif sweep.phase != "finished" and st.button(
            "Resume", icon=":material/resume:", type="primary", key="sweep-resume"
        ):
            sweeps.resume_sweep(settings, plan.id, actor=actor_of(settings))
            st.rerun()
        st.page_link("pages/sweep.py", label="Another sweep", icon=":material/tune:", query_params={"run": plan.base})
    over = ", ".join(f"{title_of(span.name)} {span.words}" for span in plan.spans)
    st.caption(escape(f"Over {over} · budget {duration(plan.budget_s)} · began with {plan.base_name}"))
    if not sweep.ended:
        st.progress(sweep.share_spent, text=escape(capital(sweep.activity or "waits for its start")))
    elif sweep.phase != "finished":
        remedy = f" {sweep.remedy}" if sweep.remedy else ""
        st.caption(f":material/info: {escape(sweep.reason + remedy)}")


def _show_answer(sweep: Sweep) -> None:
    """The answer, as the first thing seen, and the way to the settings."""
    answer = sweep.state.answer
    if answer is None:
        if sweep.plan.caveat:
            st.caption(f":material/info: {sweep.plan.caveat}")
        return
    is_better = answer.kind == sweeps.BETTER
    with st.container(border=True, key="sweep-answer"):
        words = "A better setting" if is_better else "Nothing is better than what you have"
        icon = ":material/trophy:" if is_better else ":material/check_circle:"
        st.markdown(f"##### {icon} {words}", help=LIMITS)
        st.markdown(escape(answer.reason))
        if answer.ap50 and answer.ap50.low is not None:
            st.caption(f"AP50: {interval_words(answer.ap50, is_difference=True)}")
        best = sweep.best_trial
        label = "Use these settings" if is_better else "Try the best trial's settings"
        if best and best.number and st.button(
            label, icon=":material/model_training:", key="sweep-use", help="Opens the train page with them.",
            type="primary" if is_better else "secondary",
        ):  # fmt: skip
            st.switch_page("pages/train.py", query_params={"clone": best.run})


def _show_tiles(sweep: Sweep) -> None:
    base, best = sweep.base, sweep.best_trial
    with st.container(horizontal=True, gap="medium", key="sweep-tiles"):
        with st.container(width=170, gap=None):
            st.metric("What you have", percent(base.ap if base else None))
            st.caption("AP, trial 0")
        with st.container(width=170, gap=None):
            st.metric("Best trial", percent(best.ap if best else None))
            gained = best.ap - base.ap if best and base and best.ap is not None and base.ap is not None else None
            st.caption(f"AP, {signed(gained)} with luck" if best and best.number else "AP, trial 0")
        with st.container(width=170, gap=None):
            st.metric("Trials", count(max(0, len(sweep.state.trials) - 1)))
            st.caption(escape(sweep.state.search_ended) or "so far")
        with st.container(width=170, gap=None):
            st.metric("Time used", duration(sweep.state.spent_s))
            st.caption(f"of {duration(sweep.plan.budget_s)}")


def _show_settings(spans: tuple[Span, ...], points: list[TrialPoint]) -> None:
    columns = st.columns(min(3, len(spans)))
    for index, span in enumerate(spans):
        with columns[index % len(columns)]:
            show_chart(setting_figure(points, span, is_dark()), f"sweep-setting-{span.name}", _SETTING)


def _point(trial: Trial) -> TrialPoint:
    return TrialPoint(number=trial.number, values=trial.values, ap=trial.ap or 0.0, is_whole=trial.state == "complete")


def _show_trials(sweep: Sweep) -> None:
    st.markdown("**Trials**")
    rows = [_row(trial, sweep.plan.spans) for trial in sweep.state.trials]
    if not rows:
        st.caption("The first one is the run that the sweep began with.")
        return
    column = st.column_config.LinkColumn("Run", display_text="Open")
    st.dataframe(rows, hide_index=True, column_config={"Run": column})


def _row(trial: Trial, spans: tuple[Span, ...]) -> dict[str, Any]:
    values = {capital(title_of(span.name)): value_words(span.name, trial.values[span.name]) for span in spans}
    return {
        "Trial": trial.number,
        **values,
        "AP": percent(trial.ap),
        "AP50": percent(trial.ap50),
        "State": _STATES.get(trial.state, trial.state) if trial.number else "What you have",
        "Took": duration(trial.seconds) if trial.number else NONE,
        "Run": f"run?run={trial.run}" if trial.run else None,
        "Note": trial.reason,
    }


def _show_checks(sweep: Sweep) -> None:
    checks = sweep.state.checks
    if not checks:
        return
    best = sweep.best_trial
    with st.expander(
        f"**Check of the best** · {counted(len(checks), 'run')}", icon=":material/balance:", key="sweep-checks"
    ):
        if best:
            st.caption(escape(f"Best: {words_of_values(best.values)}"))
        rows = [
            {
                "Seed": check.seed,
                "Settings": "Best trial" if check.is_best else "What you have",
                "State": _STATES.get(check.state, check.state),
                "AP": percent(check.ap),
                "Run": f"run?run={check.run}" if check.run else None,
                "Evaluation": f"evaluate?evaluation={check.evaluation}" if check.is_evaluated else None,
            }
            for check in checks
        ]
        links = {name: st.column_config.LinkColumn(name, display_text="Open") for name in ("Run", "Evaluation")}
        st.dataframe(rows, hide_index=True, column_config=links)
