"""Objects won and lost as images, and one image under both evaluations."""

from typing import Any, Final

import pandas as pd
import streamlit as st

from core.figures.words.numbers import counted
from core.services.evaluation import CHANGES, image_of_both
from core.settings import Settings
from pages.sections.compare.state import Compared
from pages.sections.evaluate.images import image_address
from pages.widgets import address
from pages.widgets.image_grid import Tile, image_grid, page_count, page_of
from pages.widgets.image_viewer import ViewerEvent, image_viewer
from pages.widgets.text import code, escape

_PAGE_SIZE: Final = 12
_CHANGES: Final = {"won": "Won", "lost": "Lost"}


def show_grid(settings: Settings, compared: Compared) -> None:
    """The filter, its words, and a page of thumbnails; a click opens an image under both evaluations."""
    _show_filter(compared)
    order = _order(compared)
    what = {"won": "won ", "lost": "lost "}.get(compared.change, "won or lost ")
    category_id = compared.view.filter.category_id
    of = f" of {code(compared.view.names[category_id])}" if category_id >= 0 else ""
    number = counted(len(compared.chosen), f"object {what}".strip(), f"objects {what}".strip())
    st.markdown(f"**{number}**{of} **on {counted(len(order), 'image')}**")
    if not order:
        st.caption("No object changed sides at this score and IoU.")
        return
    page = min(compared.view.page, page_count(len(order), _PAGE_SIZE))
    event = image_grid(
        [_tile(settings, compared, image) for image in page_of(order, page, _PAGE_SIZE)],
        key="comparison-grid",
        score=compared.view.score,
        page=page,
        total=len(order),
        page_size=_PAGE_SIZE,
        tile_px=170,
    )
    if event.opened is not None:
        _go(image=str(event.opened))
    if event.page is not None:
        _go(page=str(event.page) if event.page > 1 else None)


def show_both(settings: Settings, compared: Compared, image: int) -> None:
    """One image, left under A and right under B, with its neighbours in the filter's order."""
    order = _order(compared)
    images = compared.comparison.a.truth.images.set_index("image_id")
    if image not in images.index:
        _go(image=None)
        return
    if st.button("All images", icon=":material/arrow_back:", type="tertiary", key="comparison-close"):
        _go(image=None)
    position = order.index(image) if image in order else -1
    row, view = images.loc[image], compared.view
    where = f" · {position + 1} of {len(order)}" if position >= 0 else ""
    st.markdown(f"**{escape(str(row['file_name']))}**{where} · {_words(compared, image)}")
    sides = image_of_both(compared.comparison, image, view.score, view.iou, compared.moved)
    pairs = ((compared.comparison.a, image), (compared.comparison.b, compared.comparison.image_of_b(image)))
    events: list[ViewerEvent] = []
    for letter, column, boxes, (side, key) in zip("AB", st.columns(2, gap="small"), sides, pairs, strict=True):
        with column:
            events.append(
                image_viewer(
                    image_address(settings, side, key),
                    int(row["width"]),
                    int(row["height"]),
                    boxes,
                    score=view.score,
                    key=f"comparison-viewer-{letter.lower()}",
                    title=f"{letter} · {side.name}",
                    has_previous=position > 0,
                    has_next=0 <= position < len(order) - 1,
                    max_height=640,
                )
            )
    step = next((event.step for event in events if event.step), 0)
    if step and position >= 0 and 0 <= position + step < len(order):
        _go(image=str(order[position + step]))


def _show_filter(compared: Compared) -> None:
    moved = compared.moved
    counts = {change: int((moved["change"] == change).sum()) for change in CHANGES}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.pills(
            "Objects that changed sides",
            CHANGES,
            format_func=lambda change: f"{_CHANGES[change]} · {counts[change]:,}",
            help="Won: found by B, missed by A. Lost: found by A, missed by B.",
            **address.bound("change", compared.change or None, start="default"),
        )
        names, category_id = compared.view.names, compared.view.filter.category_id
        st.selectbox(
            "Class",
            names,
            placeholder="Any",
            width=180,
            **address.bound("class", names[category_id] if category_id >= 0 else None, among=names),
        )


def _order(compared: Compared) -> list[int]:
    """The images (ids of A) with chosen objects, those with the most objects first, then by name."""
    counts = compared.chosen["image_a"].value_counts()
    images = compared.comparison.images
    moved = images[images["image_a"].isin(counts.index)]
    moved = moved.assign(count=moved["image_a"].map(counts)).sort_values("count", ascending=False, kind="stable")
    return [int(image) for image in moved["image_a"]]


def _tile(settings: Settings, compared: Compared, image: int) -> Tile:
    row = compared.comparison.a.truth.images.set_index("image_id").loc[image]
    return Tile(
        id=image,
        url=image_address(settings, compared.comparison.a, image, is_thumbnail=True),
        width=int(row["width"]),
        height=int(row["height"]),
        boxes=[_moved_box(compared, moved) for moved in _of_image(compared.chosen, image).to_dict("records")],
        caption=str(row["file_name"]),
        note=_words(compared, image),
    )


def _moved_box(compared: Compared, row: dict[str, Any]) -> dict[str, Any]:
    """The object with its outcome in B: a won one is found, a lost one is missed."""
    is_won = row["change"] == "won"
    return {
        "id": int(row["annotation_a"]),
        "kind": "detection" if is_won else "truth",
        "outcome": "true_positive" if is_won else "missed",
        "category_id": int(row["category_id"]),
        "name": compared.view.names[int(row["category_id"])],
        "score": 1.0 if is_won else None,
        "box": [float(row[corner]) for corner in ("x1", "y1", "x2", "y2")],
        "chosen": True,
    }


def _words(compared: Compared, image: int) -> str:
    moved = _of_image(compared.moved, image)["change"]
    return f"{int((moved == 'won').sum())} won, {int((moved == 'lost').sum())} lost"


def _of_image(moved: pd.DataFrame, image: int) -> pd.DataFrame:
    return moved[moved["image_a"] == image]


def _go(**parameters: str | None) -> None:
    address.put(parameters)
    st.rerun()
