"""A chart under its title."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.widgets.text import escape


def show_chart(figure: go.Figure, key: str, height: int, help: str | None = None, **options: Any) -> Any:
    """Draws the figure below its title. The title is text that wraps: Plotly cuts one wider than its chart."""
    title = figure.layout.title.text
    with st.container(gap=None):
        if title:
            st.markdown(f"**{escape(title)}**", help=help)
        figure.update_layout(title=None, margin={"t": 28})
        return st.plotly_chart(figure, height=height, theme=None, key=key, **options)
