"""A page of thumbnails with their boxes; a click returns the image's id."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeVar

import streamlit as st

from core.figures.colours import class_colour
from core.figures.words.numbers import count
from pages.widgets.asset_files import read_assets

PAGE_SIZE: Final = 24
Item = TypeVar("Item")

_GRID = st.components.v2.component(
    "detdesk_image_grid",
    html=read_assets("image_grid.html"),
    css=read_assets("image_grid.css"),
    js=read_assets("boxes.js", "tiles.js", "image_grid.js"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One image: its id, the address of its thumbnail ("" for none), its full size in px, and its boxes.

    Boxes are as in `image_viewer`, in px of the full image. `caption` is the name, `note` a line below it.
    """

    id: int
    url: str
    width: int
    height: int
    boxes: list[dict[str, Any]] = field(default_factory=list)
    caption: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridEvent:
    """What the user asked for: the id of the clicked tile, or a page number, from 1."""

    opened: int | None = None
    page: int | None = None


def image_grid(
    tiles: Sequence[Tile],
    *,
    key: str,
    score: float | None = None,
    page: int = 1,
    total: int | None = None,
    page_size: int = PAGE_SIZE,
    selected: int | None = None,
    tile_px: int = 190,
    columns: int | None = None,
) -> GridEvent:
    """Draws one page of tiles. Returns what the user asked for since the last run.

    Args:
        score: threshold from which detections are drawn, 0 to 1.
        total: number of tiles on all pages; None if these are all.
        tile_px: least width of a tile.
        columns: most tiles in a row; None for as many as fit.
    """
    number = len(tiles) if total is None else total
    result = _GRID(
        key=key,
        data={
            "tiles": [_with_colours(tile) for tile in tiles],
            "score": score,
            "page": page,
            "pages": page_count(number, page_size),
            "place": _place(page, page_size, number),
            "selected": selected,
            "tile_px": tile_px,
            "columns": columns,
        },
        on_opened_change=lambda: None,
        on_page_change=lambda: None,
    )
    opened, turned = result.opened, result.page
    return GridEvent(opened=None if opened is None else int(opened), page=None if turned is None else int(turned))


def page_count(total: int, page_size: int = PAGE_SIZE) -> int:
    """How many pages a number of tiles fills; at least one."""
    return max(1, -(-total // page_size))


def page_of(items: Sequence[Item], page: int, page_size: int = PAGE_SIZE) -> Sequence[Item]:
    """The items on a page, counted from 1; a page beyond the last is empty."""
    return items[(page - 1) * page_size : page * page_size]


def _place(page: int, page_size: int, total: int) -> str:
    first, last = (page - 1) * page_size + 1, min(page * page_size, total)
    return f"{count(first)} to {count(last)} of {count(total)}"


def _with_colours(tile: Tile) -> dict[str, Any]:
    boxes = [{"colour": class_colour(int(box["category_id"])), **box} for box in tile.boxes]
    return {**asdict(tile), "boxes": boxes}
