"""Which tensors of the first weights a run loaded, as a folded table."""

from dataclasses import asdict
from typing import Final

import pandas as pd
import streamlit as st

from core.figures.words.norms import norm_words
from core.figures.words.numbers import counted
from core.services.runs import RunDescription, StartWeights
from pages.widgets.text import escape

_FATES: Final = {
    "loaded": ("Loaded", "Copied unchanged."),
    "resized": ("In part", "Rows of shared classes are copied; the others start at random."),
    "reinitialised": ("At random", "In the file, but for other classes or with another shape."),
    "missing": ("Not in the file", "Start at random."),
    "ignored": ("Left out", "In the file only."),
}


def show_weights(run: RunDescription) -> None:
    """The card, folded to one line; nothing before weights are loaded, or for random weights."""
    weights = run.weights
    if not weights or not any(part.loaded or part.resized for part in weights.groups):
        return
    groups = [asdict(part) for part in weights.groups]
    with st.expander(f"**Weights** · {_summary(weights)}", icon=":material/download_done:", key="run-weights"):
        used = [fate for fate in _FATES if any(row[fate] for row in groups)]
        table = pd.DataFrame(
            [
                {"Part": row["group"], **{fate: row[fate] or None for fate in used}, "Note": row["note"]}
                for row in groups
            ]
        )
        st.dataframe(
            table,
            hide_index=True,
            height="content",
            placeholder="",
            column_config={
                "Part": st.column_config.TextColumn(width="medium"),
                **{fate: st.column_config.NumberColumn(_FATES[fate][0], help=_FATES[fate][1]) for fate in used},
                "Note": st.column_config.TextColumn(width="large"),
            },
        )
        if run.recipe and (norms := norm_words(run.recipe)):
            st.caption(f"Batch norm in training: {norms}.")
        for origin in weights.origins:
            st.caption(f"{escape(origin.words)}. License: {escape(origin.license)}.")
        st.caption("Number of tensors by part of the model. weights.json in the run's folder lists them.")


def _summary(weights: StartWeights) -> str:
    loaded, partly = sum(part.loaded for part in weights.groups), sum(part.resized for part in weights.groups)
    fresh = sum(part.reinitialised + part.missing for part in weights.groups)
    parts = [f"{counted(loaded, 'tensor')} loaded from {escape(weights.source)}"]
    parts += [f"{partly} in part"] if partly else []
    parts += [f"{fresh} at random"] if fresh else []
    return ", ".join(parts)
