"""Data sets as cards: a mosaic of four images, counts and readiness."""

import html

import streamlit as st

from core.errors import DamagedFileError
from core.figures.words.numbers import ago, counted
from core.records import Damage
from core.services.datasets import DatasetSummary
from pages.widgets.badges import show_readiness
from pages.widgets.cached import current_settings, sample_images
from pages.widgets.damage import show_actions, show_in_line
from pages.widgets.text import escape
from pages.widgets.version_images import image_address

_CARDS_A_ROW = 3
_MOSAIC = (
    '<div style="display:grid;grid-template-columns:repeat(4,1fr);gap:3px;border-radius:8px;overflow:hidden;'
    'aspect-ratio:4/1.15;background:rgba(128,128,128,.15)">{images}</div>'
)
_IMAGE = '<img src="{url}" alt="" loading="lazy" style="width:100%;height:100%;object-fit:cover;display:block">'


def show_dataset_cards(datasets: list[DatasetSummary]) -> None:
    """Cards, three in a row, in the given order."""
    for start in range(0, len(datasets), _CARDS_A_ROW):
        columns = st.columns(_CARDS_A_ROW, gap="medium")
        for column, summary in zip(columns, datasets[start : start + _CARDS_A_ROW], strict=False):
            with column:
                _show_card(summary)


def _show_card(summary: DatasetSummary) -> None:
    with st.container(border=True, gap="small", key=f"dataset-{summary.id}"):
        damage = summary.damaged
        if summary.is_known:
            try:
                st.html(mosaic(summary.id, summary.version))
            except DamagedFileError as error:
                damage = Damage.of(error)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(
                "pages/dataset.py",
                label=f"**{escape(summary.name)}**",
                icon=":material/photo_library:",
                query_params={"dataset": summary.id},
            )
            if damage is None:
                show_readiness(summary.ready, summary.reasons)
        if damage:
            show_in_line(damage)
            show_actions(current_settings(), "dataset", summary.id, damage)
        if not summary.is_known:
            return
        versions = f" · {counted(len(summary.versions), 'version')}" if len(summary.versions) > 1 else ""
        st.caption(
            f"{counted(summary.images, 'image')} · {counted(summary.annotations, 'object')} · "
            f"{counted(len(summary.classes), 'class', 'classes')}{versions} · {ago(summary.created)}"
        )


def mosaic(dataset: str, version: str) -> str:
    """Four images side by side, as HTML."""
    urls = [image_address(dataset, version, image_id, thumbnail=True) for image_id in sample_images(dataset, version)]
    return _MOSAIC.format(images="".join(_IMAGE.format(url=html.escape(url, quote=True)) for url in urls))
