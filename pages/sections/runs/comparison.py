"""Several runs compared: overlaid curves, best figures, and the differences of their recipes."""

from collections import Counter
from html import escape
from typing import Any, Final

import streamlit as st

from core.figures.curve_pen import RunCurves
from core.figures.run_overlay import comparable_metrics, overlay_figure, run_colour
from core.figures.words.numbers import count, percent
from core.services import runs
from core.services.runs import RunDescription
from core.settings import Settings
from core.training.metrics.comparable_loss import LOSS
from core.training.recipe.diff import recipe_differences
from pages.sections.runs.charts import WITHOUT_LATER_HEADS
from pages.widgets.charts import show_chart
from pages.widgets.curve_look import choose_look, choose_metrics, show_parts
from pages.widgets.run_metrics import curves_of

_HEIGHT: Final = 320


def show_comparison(settings: Settings, picked: list[str]) -> None:
    """The overlaid curves of the runs with these ids, then the differences of their recipes."""
    chosen = [runs.describe_run(settings, key) for key in picked]
    titles = _titles(chosen)
    _show_curves({titles[run.run]: curves_of(settings, run) for run in chosen}, _classes(chosen))
    _show_remarks(chosen, titles)
    st.markdown("**Differences of the recipes**")
    differences = recipe_differences({titles[run.run]: _settings(run) for run in chosen})
    if not differences:
        st.caption("None: the recipes and the data are the same.")
        return
    rows = [
        {"Setting": setting, **{title: _plain(value) for title, value in row.items()}}
        for setting, row in differences.items()
    ]
    st.dataframe(rows, hide_index=True)


def _show_remarks(chosen: list[RunDescription], titles: dict[str, str]) -> None:
    """Best figures, tags and note of each run."""
    rows = [
        {
            "Run": titles[run.run],
            "Best AP": percent(run.best.ap if run.best else None),
            "AP50": percent(run.best.ap50 if run.best else None),
            "At iteration": count(run.best.iteration if run.best else None),
            "Tags": list(run.tags),
            "Note": run.note,
        }
        for run in chosen
    ]
    st.markdown("**Best checkpoints, tags and notes**")
    st.dataframe(rows, hide_index=True, column_config={"Tags": st.column_config.ListColumn("Tags")})


def _show_curves(curves: dict[str, RunCurves], classes: list[str]) -> None:
    options = comparable_metrics(list(curves.values()), classes)
    if not options:
        st.caption("These runs have no metrics yet.")
        return
    look = choose_look(has_epochs=all(run.iterations_per_epoch > 0 for run in curves.values()))
    loss = LOSS if LOSS in options else f"{LOSS}/total"
    behind = [metric for metric in options if metric.startswith(f"{LOSS}/") and metric != loss]
    if behind and not show_parts("curve", behind):
        options = [metric for metric in options if metric not in behind]
    metrics = choose_metrics("Curves", "curve", options, ("ap", loss))
    if loss == LOSS:
        st.caption(WITHOUT_LATER_HEADS)
    _show_key(list(curves))
    columns = st.columns(min(len(metrics), 2), gap="medium")
    for number, metric in enumerate(metrics):
        with columns[number % len(columns)]:
            show_chart(overlay_figure(curves, metric, look), f"overlay-{metric}", _HEIGHT)


def _show_key(names: list[str]) -> None:
    """The colour of each run, once for all charts."""
    chips = (
        f'<span><span style="color: {run_colour(number)}">&#9679;</span> {escape(name)}</span>'
        for number, name in enumerate(names)
    )
    st.html(f'<div style="display: flex; flex-wrap: wrap; gap: 0 1rem">{"".join(chips)}</div>')


def _classes(chosen: list[RunDescription]) -> list[str]:
    """The classes of all runs, each once, in order of appearance."""
    return list(dict.fromkeys(name for run in chosen for name in run.classes))


def _settings(run: RunDescription) -> dict[str, Any]:
    return {"data set": f"{run.dataset_name} {run.version}", **(run.recipe.to_json() if run.recipe else {})}


def _titles(chosen: list[RunDescription]) -> dict[str, str]:
    """Run id -> name, with the id if two runs have the same name."""
    names = Counter(run.name for run in chosen)
    return {run.run: run.name if names[run.name] == 1 else f"{run.name} ({run.run})" for run in chosen}


def _plain(value: Any) -> str:
    return "–" if value is None else str(value)
