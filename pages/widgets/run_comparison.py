"""Several runs side by side: their curves over each other, and what sets their recipes apart. Imported by runs.py."""

from collections import Counter
from typing import Any

import streamlit as st

from core.desk import runs
from core.figures.runs import Look, overlay_figure
from core.settings import Settings
from core.training.recipe_difference import recipe_differences
from pages.widgets.cached import is_dark
from pages.widgets.run_metrics import curves_of

_METRICS = {"ap": 340, "loss/total": 340, "val_loss/total": 340}


def show_comparison(settings: Settings, picked: list[str]) -> None:
    """The overlaid curves of the runs with these ids, then their recipes' difference."""
    chosen = [runs.describe_run(settings, key) for key in picked]
    titles = _titles(chosen)
    curves = {titles[run["run"]]: curves_of(settings, run["run"]) for run in chosen}
    look = Look(smoothing=0.6, dark=is_dark())
    columns = st.columns(len(_METRICS), gap="medium")
    for column, (metric, height) in zip(columns, _METRICS.items(), strict=True):
        with column:
            st.plotly_chart(overlay_figure(curves, metric, look), height=height, theme=None, key=f"overlay-{metric}")
    st.markdown("**What sets the recipes apart**")
    differences = recipe_differences({titles[run["run"]]: _knobs(run) for run in chosen})
    if not differences:
        st.caption("Nothing: the recipes and the data are the same.")
        return
    rows = [
        {"Knob": knob, **{title: _plain(value) for title, value in row.items()}} for knob, row in differences.items()
    ]
    st.dataframe(rows, hide_index=True)


def _knobs(run: dict[str, Any]) -> dict[str, Any]:
    return {"data set": f"{run['dataset_name']} {run['version']}", **run["recipe"]}


def _titles(chosen: list[dict[str, Any]]) -> dict[str, str]:
    """Run id -> its name, with the id beside it where two have the same name."""
    names = Counter(run["name"] for run in chosen)
    return {run["run"]: run["name"] if names[run["name"]] == 1 else f"{run['name']} ({run['run']})" for run in chosen}


def _plain(value: Any) -> str:
    return "–" if value is None else str(value)
