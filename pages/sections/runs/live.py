"""The live part of a run's page: progress, tiles, charts, samples, log. Redrawn every second until the run ends."""

import streamlit as st

from core.figures.words.numbers import count, duration, figure, percent
from core.services import runs
from core.services.runs import RunDescription
from core.settings import Settings
from core.training.metrics.comparable_loss import LOSS, VALIDATION_LOSS, comparable_value
from pages.sections.runs.charts import show_charts
from pages.sections.runs.group import show_turn
from pages.sections.runs.log import show_log
from pages.sections.runs.queue import show_queue_position
from pages.sections.runs.samples import show_samples
from pages.widgets.notices import shown_errors
from pages.widgets.run_metrics import curves_of
from pages.widgets.text import escape


def show_progress(run: RunDescription) -> None:
    """The progress bar of an active run: iterations, activity, time left."""
    if run.ended:
        return
    done, of = run.iteration, run.of_iterations
    doing = escape(run.activity or run.reason or run.phase)
    left = f" · {duration(run.eta_s)} left" if run.eta_s is not None else ""
    st.progress(min(done / of, 1.0) if of else 0.0, f"{count(done)} of {count(of)} iterations · {doing}{left}")


def show_tiles(run: RunDescription) -> None:
    """The latest figures at a glance."""
    last, best = run.metrics, run.best
    at = f"at iteration {count(best.iteration)}" if best else "not evaluated yet"
    memory = last.get("gpu_memory_mib") or last.get("memory_mib")
    tiles = (
        ("Iteration", count(run.iteration), f"of {count(run.of_iterations)}"),
        ("Loss", figure(comparable_value(last, LOSS)), f"validation {figure(comparable_value(last, VALIDATION_LOSS))}"),
        ("Best AP", percent(best.ap if best else None), at),
        ("AP50", percent(best.ap50 if best else None), "of the same checkpoint" if best else ""),
        ("Iteration takes", duration(last.get("step_s")), f"{figure(last.get('data_s'), 2)} s waiting for data"),
        ("Memory", f"{count(memory)} MiB" if memory else "–", escape(run.device)),
    )
    with st.container(horizontal=True, gap="medium", key="run-tiles"):
        for label, value, below in tiles:
            with st.container(width=140, gap=None):
                st.metric(label, value)
                st.caption(below or " ")


def show_live(settings: Settings, key: str) -> RunDescription:
    """Draws all of it for one moment. Returns the run's description of that moment."""
    run = runs.describe_run(settings, key)
    show_queue_position(settings, run)
    show_progress(run)
    show_tiles(run)
    # Each with its own guard: a damaged file of one part leaves the others.
    curves = None
    with shown_errors():
        curves = curves_of(settings, run)
        show_charts(run, curves)
        show_turn(run)
    with shown_errors():
        show_samples(settings, key, curves.curves.get("ap") if curves else None)
    with shown_errors():
        show_log(settings, run)
    return run
