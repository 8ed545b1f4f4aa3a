"""What moves on a run's page: progress, tiles, charts, log; drawn every second while the run lives.

Imported by pages/run.py.
"""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.desk import runs
from core.figures.runs import (
    Look,
    ap_figure,
    class_ap_figure,
    learning_rate_figure,
    loss_figure,
    loss_parts_figure,
    machine_figure,
    speed_figure,
)
from core.figures.words import count, duration, figure, percent
from core.settings import Settings
from core.training.curves import Curve
from pages.widgets.cached import is_dark
from pages.widgets.markup import escape
from pages.widgets.run_metrics import curves_of

_LARGE: Final = 360
_SMALL: Final = 240
_LOG_LINES: Final = 400
_WHOLE_LOG_LINES: Final = 1_000_000


def show_progress(run: dict[str, Any]) -> None:
    """The bar of a run that lives: iterations done, what it is doing, time left."""
    if run["ended"]:
        return
    done, of = run["iteration"], run["of_iterations"]
    doing = escape(run["activity"] or run["reason"] or run["phase"])
    left = f" · {duration(run['eta_s'])} left" if run["eta_s"] is not None else ""
    st.progress(min(done / of, 1.0) if of else 0.0, f"{count(done)} of {count(of)} iterations · {doing}{left}")


def show_tiles(run: dict[str, Any]) -> None:
    """The latest figures at a glance."""
    last, best = run["metrics"], run["best"] or {}
    at = f"at iteration {count(best['iteration'])}" if best else "not evaluated yet"
    memory = last.get("gpu_memory_mib") or last.get("memory_mib")
    tiles = (
        ("Iteration", count(run["iteration"]), f"of {count(run['of_iterations'])}"),
        ("Loss", figure(last.get("loss/total")), f"validation {figure(last.get('val_loss/total'))}"),
        ("Best AP", percent(best.get("ap")), at),
        ("AP50", percent(best.get("ap50")), "of the same checkpoint" if best else ""),
        ("Iteration takes", duration(last.get("step_s")), f"{figure(last.get('data_s'), 2)} s of it for data"),
        ("Memory", f"{count(memory)} MiB" if memory else "–", escape(run["device"])),
    )
    with st.container(horizontal=True, gap="medium", key="run-tiles"):
        for label, value, below in tiles:
            with st.container(width=140, gap=None):
                st.metric(label, value)
                st.caption(below or " ")


def show_charts(run: dict[str, Any], curves: Mapping[str, Curve], look: Look) -> None:
    """Losses and AP large, the rest small."""
    if not curves:
        st.info("The curves appear with the first iterations.", icon=":material/hourglass_top:")
        return
    best = run["best"]["iteration"] if run["best"] else None
    left, right = st.columns(2, gap="medium")
    with left:
        st.plotly_chart(loss_figure(curves, look), height=_LARGE, theme=None, key="run-loss")
    with right:
        st.plotly_chart(ap_figure(curves, best, look), height=_LARGE, theme=None, key="run-ap")
    small = {
        "run-rate": learning_rate_figure(curves, look),
        "run-speed": speed_figure(curves, look),
        "run-parts": loss_parts_figure(curves, look),
        "run-classes": class_ap_figure(curves, run["classes"], look),
        "run-machine": machine_figure(curves, ("cpu", "gpu"), look),
        "run-memory": machine_figure(curves, ("memory_mib", "gpu_memory_mib"), look),
    }
    columns = st.columns(3, gap="medium")
    for place, (key, drawn) in enumerate(small.items()):
        with columns[place % 3]:
            st.plotly_chart(drawn, height=_SMALL, theme=None, key=key, config={"displayModeBar": False})


def show_log(settings: Settings, run: dict[str, Any]) -> None:
    """The last lines of the worker's output, read only when unfolded."""
    card = st.expander("Log", icon=":material/article:", key="run-log", on_change="rerun")
    if not card.open:
        return
    with card:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            wanted = st.text_input("Search", key="run-log-search", placeholder="Only lines with this text", width=320)
            st.download_button(
                "Download",
                lambda: runs.read_log(settings, run["run"], _WHOLE_LOG_LINES),
                f"{run['run']}.log.txt",
                mime="text/plain",
                icon=":material/download:",
                on_click="ignore",
            )
        lines = runs.read_log(settings, run["run"], _LOG_LINES).splitlines()
        found = [line for line in lines if wanted.lower() in line.lower()]
        st.code("\n".join(found) or "Nothing yet.", language=None, height=360)


def show_live(settings: Settings, key: str) -> dict[str, Any]:
    """All of it for one moment; the run's description then."""
    run = runs.describe_run(settings, key)
    show_progress(run)
    show_tiles(run)
    show_charts(run, curves_of(settings, key), choose_look())
    show_log(settings, run)
    return run


def choose_look() -> Look:
    """Controls of the charts: x-axis, smoothing, log scale."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="run-look"):
        x = st.segmented_control(
            "Along", ["iterations", "minutes"], default="iterations", required=True, key="run-x",
            format_func=str.capitalize, label_visibility="collapsed",
        )  # fmt: skip
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.6, 0.01, key="run-smoothing", width=220)
        is_log = st.toggle("Log scale", key="run-log-scale")
    return Look(smoothing=smoothing, log=is_log, x=str(x), dark=is_dark())
