"""The images of an evaluation: the grid that answers each click, and one image large."""

import base64
from typing import Any

import pandas as pd
import streamlit as st

from core.figures.causes import mistake_words
from core.figures.words.numbers import counted
from core.services import evaluation as services
from core.services.evaluation import OpenEvaluation, boxes_on, image_boxes, image_rows
from core.settings import Settings
from pages.sections.evaluate.box_list import choose_view, only_box, show_objects
from pages.sections.evaluate.filters import show_controls, show_filters
from pages.sections.evaluate.state import EvaluationView
from pages.widgets import address, routes
from pages.widgets.image_grid import Tile, image_grid, page_count, page_of
from pages.widgets.image_viewer import image_viewer

_PAGE_SIZE = 12
# For images inside the page, without server.py.
_INLINE_PX = 1024
_INLINE_THUMBNAIL_PX = 240


def rows_of(view: EvaluationView) -> pd.DataFrame:
    """The images that pass the filter, in its order."""
    return image_rows(view.evaluation, view.score, view.iou, view.filter)


def show_grid(settings: Settings, view: EvaluationView, rows: pd.DataFrame) -> None:
    """The filter in words, and a page of thumbnails or of crops; a click opens an image."""
    show_filters(view, int(rows["hits"].sum()), len(rows))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="evaluation-controls"):
        show_controls(view)
        tiles = choose_view()
    if tiles == "objects":
        show_objects(settings, view)
        return
    if rows.empty:
        st.caption("No image has such boxes at this score and IoU. Remove a filter above.")
        return
    page = min(view.page, page_count(len(rows), _PAGE_SIZE))
    on_page = page_of(rows.to_dict("records"), page, _PAGE_SIZE)
    boxes = boxes_on(view.evaluation, [row["image_id"] for row in on_page], view.iou, view.score, view.filter)
    event = image_grid(
        [_tile(settings, view, row, boxes[row["image_id"]]) for row in on_page],
        key="evaluation-grid",
        score=view.score,
        page=page,
        total=len(rows),
        page_size=_PAGE_SIZE,
        tile_px=170,
    )
    if event.opened is not None:
        _go(image=str(event.opened))
    if event.page is not None:
        _go(page=str(event.page) if event.page > 1 else None)


def show_image(settings: Settings, view: EvaluationView, rows: pd.DataFrame, image: int) -> None:
    """One image as large as the window allows, with arrows to its neighbours in the filter's order."""
    order = rows["image_id"].tolist()
    images = view.evaluation.truth.images.set_index("image_id")
    if image not in images.index:
        _go(image=None)
        return
    row = images.loc[image]
    position = order.index(image) if image in order else -1
    near = [order[index] for index in (position - 1, position + 1) if position >= 0 and 0 <= index < len(order)]
    if st.button("All images", icon=":material/arrow_back:", type="tertiary", key="evaluation-close"):
        _go(image=None, box=None)
    boxes = only_box(image_boxes(view.evaluation, image, view.iou, view.score, view.filter))
    event = image_viewer(
        image_address(settings, view.evaluation, image),
        int(row["width"]),
        int(row["height"]),
        [_explained(box) for box in boxes],
        score=view.score,
        key="evaluation-viewer",
        title=f"{row['file_name']} · {position + 1} of {len(order)}" if position >= 0 else str(row["file_name"]),
        has_previous=position > 0,
        has_next=0 <= position < len(order) - 1,
        preload=[image_address(settings, view.evaluation, neighbour) for neighbour in near],
        max_height=720,
    )
    target = position + event.step
    if event.step and position >= 0 and 0 <= target < len(order):
        _go(image=str(order[target]), box=None)


def _explained(box: dict[str, Any]) -> dict[str, Any]:
    """The box with its cause as the note that appears on hover."""
    return {**box, "note": mistake_words(box["cause"])} if box["cause"] else box


def _tile(settings: Settings, view: EvaluationView, row: dict[str, Any], boxes: list[dict[str, Any]]) -> Tile:
    image = int(row["image_id"])
    return Tile(
        id=image,
        url=image_address(settings, view.evaluation, image, is_thumbnail=True),
        width=int(row["width"]),
        height=int(row["height"]),
        boxes=boxes,
        caption=str(row["file_name"]),
        note=f"{counted(int(row['missed']), 'missed', 'missed')}, {counted(int(row['fp']), 'false positive')}",
    )


def image_address(settings: Settings, evaluation: OpenEvaluation, image: int, is_thumbnail: bool = False) -> str:
    """The URL of an image; "" for an evaluation without an image folder."""
    if evaluation.images_folder is None:
        return ""
    if routes.are_served():
        return routes.evaluation_image(evaluation.id, image, is_thumbnail)
    return _inline(settings, evaluation.id, image, _INLINE_THUMBNAIL_PX if is_thumbnail else _INLINE_PX)


@st.cache_data(max_entries=200, show_spinner=False)
def _inline(settings: Settings, evaluation: str, image: int, size: int) -> str:
    content = services.evaluation_image(settings, evaluation, image, size).read_bytes()
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def _go(**parameters: str | None) -> None:
    address.put(parameters)
    st.rerun()
