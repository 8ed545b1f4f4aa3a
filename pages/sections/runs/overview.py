"""The overview's active runs, damaged items and latest results."""

import streamlit as st

from core.figures.sparkline import sparkline
from core.figures.words.numbers import ago, count, duration, percent
from core.services import runs
from core.services.evaluation import EvaluationRow
from core.services.runs import RunSummary
from core.training.run.status import Phase
from pages.widgets.badges import show_phase
from pages.widgets.cached import current_settings
from pages.widgets.names import dataset_name, run_name
from pages.widgets.notices import shown_errors
from pages.widgets.run_metrics import curves_of
from pages.widgets.text import code, escape

_RESULTS = 4
_DAMAGED = 6


@st.fragment(run_every="2s")
def show_running(at_hand: list[list[RunSummary]]) -> None:
    """Active runs with progress, time left and AP so far.

    `at_hand` holds the list of all runs for the first call, and is empty afterwards.
    """
    with shown_errors():
        all_runs = at_hand.pop() if at_hand else runs.list_runs(current_settings())
        active = [run for run in all_runs if not run.ended and run.phase]
        if not active:
            return
        st.header("Running now", anchor=False)
        for run in active:
            _show_run(run)


def _show_run(run: RunSummary) -> None:
    done, wanted = run.iteration, run.of_iterations
    with st.container(border=True, key=f"running-{run.run}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            show_phase(run.phase or "damaged", run.reason)
            label = f"**{escape(run.name)}**"
            st.page_link("pages/run.py", label=label, query_params={"run": run.run})
            st.caption(f"on {code(run.dataset_name)}", width="content")
            st.space("stretch")
            _show_ap_so_far(run)
            best = run.best
            st.markdown(f"AP **{percent(best.ap)}**" if best else ":gray[AP not measured yet]", width="content")
        words = f"{count(done)} of {count(wanted)} iterations" if wanted else escape(run.activity or run.reason)
        left = f" · {duration(run.eta_s)} left" if run.eta_s is not None else ""
        place = f" · number {run.queue_position} in the queue" if run.queue_position else ""
        st.progress(min(1.0, done / wanted) if wanted else 0.0, text=f"{words}{left}{place}")


def _show_ap_so_far(run: RunSummary) -> None:
    """Validation AP at each evaluation as a sparkline, from the second evaluation on."""
    ap = curves_of(current_settings(), run).curves.get("ap")
    values = [] if ap is None else ap.values.tolist()
    if drawn := sparkline(values, f"AP at {len(values)} evaluations, now {percent(values[-1])}" if values else ""):
        st.html(drawn, width="content")


def show_damaged(runs_known: list[RunSummary], evaluations: list[EvaluationRow]) -> None:
    """A line with links to the damaged runs and evaluations, if there are any."""
    broken = [("run", "pages/run.py", run.run, run.name) for run in runs_known if run.damaged]
    broken += [("evaluation", "pages/evaluate.py", row.id, row.name) for row in evaluations if row.damaged]
    if not broken:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="damaged"):
        st.markdown(":orange[:material/broken_image:] **Damaged**", width="content")
        for kind, page, key, name in broken[:_DAMAGED]:
            st.page_link(page, label=f"{kind.capitalize()} {escape(name)}", query_params={kind: key})
        if len(broken) > _DAMAGED:
            st.caption(f"and {len(broken) - _DAMAGED} more")


def show_results(evaluations: list[EvaluationRow]) -> None:
    """The newest finished evaluations: AP, and the change from the previous one on the same split and version."""
    finished = [row for row in evaluations if row.phase is Phase.FINISHED]
    if not finished:
        return
    st.header("Latest results", anchor=False)
    columns = st.columns(_RESULTS, gap="medium")
    for column, row in zip(columns, finished[:_RESULTS], strict=False):
        before = next((old for old in finished[finished.index(row) + 1 :] if _is_comparable(row, old)), None)
        with column:
            _show_result(row, before)


def _is_comparable(row: EvaluationRow, old: EvaluationRow) -> bool:
    same = (row.dataset, row.version, row.split) == (old.dataset, old.version, old.split)
    return same and row.run != old.run and old.ap is not None


def _show_result(row: EvaluationRow, before: EvaluationRow | None) -> None:
    change = None
    if row.ap is not None and before is not None and before.ap is not None:
        change = f"{(row.ap - before.ap) * 100:+.1f} against {run_name(before.run)}"
    with st.container(border=True, key=f"result-{row.id}"):
        st.metric(f"AP, {row.split or 'files'}", "sealed" if row.sealed else percent(row.ap), delta=change)
        name = run_name(row.run)
        label = name if name != row.run else row.name  # a run deleted for good has no name
        st.page_link("pages/evaluate.py", label=escape(label), query_params={"evaluation": row.id})
        on = f"on {code(dataset_name(row.dataset))} · " if row.dataset else ""
        ap50 = "" if row.sealed else f"AP50 {percent(row.ap50)} · "
        st.caption(f"{on}{ap50}{count(row.images)} images · {ago(row.created)}")
