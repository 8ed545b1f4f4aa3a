"""The boxes of an evaluation as crops, one tile each; a click opens the image at that box.

Address: `view` (objects), and with an open image `box` (kind:id).
"""

import base64
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.figures.words.objects import object_caption, object_note
from core.services import evaluation as services
from core.services.evaluation import boxes_on, crop_place, object_rows
from core.settings import Settings
from pages.sections.evaluate.state import EvaluationView
from pages.widgets import address, routes
from pages.widgets.image_grid import Tile, image_grid, page_count, page_of

VIEWS: Final = ("pictures", "objects")
_PAGE_SIZE: Final = 24
_TITLES: Final = {"pictures": "Images", "objects": "Objects"}
_ORDER: Final = (
    "False positives by falling score, then missed objects by falling size, then found objects by rising IoU."
)


def choose_view() -> str:
    """Draws the switch between images and objects. Returns one of VIEWS, from the address."""
    view = address.choice("view", VIEWS, VIEWS[0])
    st.segmented_control(
        "Show",
        VIEWS,
        format_func=lambda name: _TITLES.get(name, name),
        label_visibility="collapsed",
        required=True,
        **address.bound("view", view, lambda name: None if name == VIEWS[0] else name, start="default"),
    )
    return view


def show_objects(settings: Settings, view: EvaluationView) -> None:
    """A page of crops; a click opens the image with this box highlighted."""
    rows = object_rows(view.evaluation, view.score, view.iou, view.filter)
    if rows.empty:
        st.caption("There are no such boxes at this score and IoU. Remove a filter above.")
        return
    st.caption(_ORDER)
    page = min(view.page, page_count(len(rows), _PAGE_SIZE))
    event = image_grid(
        _tiles(settings, view, rows, page),
        key="evaluation-objects",
        score=view.score,
        page=page,
        total=len(rows),
        page_size=_PAGE_SIZE,
        tile_px=140,
    )
    if event.opened is not None and 0 <= event.opened < len(rows):
        row = rows.iloc[event.opened]
        _go(image=str(row["image_id"]), box=f"{row['kind']}:{row['id']}")
    if event.page is not None:
        _go(page=str(event.page) if event.page > 1 else None)


def only_box(boxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The boxes of an image; only the address's `box` is highlighted, if it is among them."""
    wanted = address.text("box")
    if not any(_key(box) == wanted for box in boxes):
        return boxes
    return [box | {"chosen": _key(box) == wanted} for box in boxes]


def _key(box: dict[str, Any]) -> str:
    return f"{box['kind']}:{box['id']}"


def _tiles(settings: Settings, view: EvaluationView, rows: pd.DataFrame, page: int) -> list[Tile]:
    on_page = page_of(list(enumerate(rows.to_dict("records"))), page, _PAGE_SIZE)
    images = list(dict.fromkeys(int(row["image_id"]) for _, row in on_page))
    boxes = boxes_on(view.evaluation, images, view.iou, view.score)
    sizes = view.evaluation.truth.images.set_index("image_id")[["width", "height"]]
    tiles = []
    for number, row in on_page:
        image = int(row["image_id"])
        corners = (row["x1"], row["y1"], row["x2"], row["y2"])
        crop = crop_place(corners, *(int(side) for side in sizes.loc[image]))
        tiles.append(
            Tile(
                id=number,
                url=_address(settings, view, row),
                width=crop[2] - crop[0],
                height=crop[3] - crop[1],
                boxes=[_moved(box, crop, _key(box) == _key(row)) for box in boxes[image] if _touches(box, crop)],
                caption=object_caption(row),
                note=object_note(row),
            )
        )
    return tiles


def _touches(box: dict[str, Any], crop: tuple[int, int, int, int]) -> bool:
    x1, y1, x2, y2 = box["box"]
    return bool(x1 < crop[2] and x2 > crop[0] and y1 < crop[3] and y2 > crop[1])


def _moved(box: dict[str, Any], crop: tuple[int, int, int, int], is_chosen: bool) -> dict[str, Any]:
    """The box in px of the crop; highlighted if it is the tile's subject."""
    corners = [corner - crop[axis % 2] for axis, corner in enumerate(box["box"])]
    return box | {"box": corners, "chosen": is_chosen}


def _address(settings: Settings, view: EvaluationView, row: dict[str, Any]) -> str:
    """The URL of a crop; "" for an evaluation without an image folder."""
    if view.evaluation.images_folder is None:
        return ""
    key = (view.evaluation.id, int(row["image_id"]), str(row["kind"]), int(row["id"]))
    return routes.evaluation_crop(*key) if routes.are_served() else _inline(settings, *key)


@st.cache_data(max_entries=200, show_spinner=False)
def _inline(settings: Settings, evaluation: str, image: int, kind: str, key: int) -> str:
    content = services.evaluation_crop(settings, evaluation, image, kind, key).read_bytes()
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def _go(**parameters: str | None) -> None:
    address.put(parameters)
    st.rerun()
