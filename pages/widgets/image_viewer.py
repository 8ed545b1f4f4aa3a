"""One image with its boxes as layers: zoom, hover, score slider and keys in the browser, without a rerun.
assets/viewer.js is what it does, assets/viewer_….js what it draws and says. It writes what it shows
into the canvas element's data attributes (`data-shown-tp`, `-fp`, `-missed`, `-truth`, `-masks`, `-boxes`,
`data-chosen`, `data-standing`, `data-score`, `data-zoom`, `data-ready`), which browser tests read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from core.figures.colours import class_colour
from pages.widgets.asset_files import VIEWER_SCRIPTS, read_assets

_VIEWER = st.components.v2.component(
    "detdesk_image_viewer",
    html=read_assets("image_viewer.html"),
    css=read_assets("image_viewer.css"),
    js=read_assets("boxes.js", *VIEWER_SCRIPTS, "image_viewer.js"),
)


@dataclass(frozen=True, slots=True)
class ViewerEvent:
    """What the user asked for: `step` is -1 for the previous image, 1 for the next, 0 for neither."""

    step: int = 0


def image_viewer(
    url: str,
    width: int,
    height: int,
    boxes: list[dict[str, Any]],
    mode: Literal["outcomes", "classes"] = "outcomes",
    score: float | None = None,
    *,
    key: str,
    title: str = "",
    has_previous: bool = False,
    has_next: bool = False,
    preload: Sequence[str] = (),
    max_height: int = 900,
) -> ViewerEvent:
    """Show an image of width x height px with boxes over it; what the user asked for since the last run.

    Args:
        boxes: as `core.services.evaluation.image_boxes` gives them for `outcomes`; for `classes` each needs
            `category_id`, `name` and `box` [x1, y1, x2, y2] px. A `note` is shown on hover; `chosen` ones stand out. An
            `mask` (rings of x1, y1, x2, y2, … px) is drawn strongly in place of the box.
        score: where the score slider starts; None hides it. The user's own choice stays until this value changes.
        has_previous, has_next: whether the arrows lead anywhere; both False hides them.
        preload: addresses of the neighbours, fetched once this image is there.
        max_height: px of the stage; it never exceeds three quarters of the window.
    """
    coloured = [{"colour": class_colour(int(box["category_id"])), **box} for box in boxes]
    result = _VIEWER(
        key=key,
        data={
            "url": url,
            "width": width,
            "height": height,
            "boxes": coloured,
            "mode": mode,
            "score": score,
            "title": title,
            "steps": has_previous or has_next,
            "has_previous": has_previous,
            "has_next": has_next,
            "preload": list(preload),
            "max_height": max_height,
        },
        on_step_change=lambda: None,
    )
    return ViewerEvent(step=int(result.step or 0))
