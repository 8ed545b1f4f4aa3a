"""One image with its boxes as layers. Zoom, hover, score slider and keys work in the browser, without a rerun.

assets/viewer.js handles events; assets/viewer_….js draw boxes, chips and tooltips. The viewer writes its state into
data attributes of the canvas element (`data-shown-tp`, `-fp`, `-missed`, `-truth`, `-masks`, `-boxes`, `data-chosen`,
`data-standing`, `data-score`, `data-zoom`, `data-ready`), which browser tests read.
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
    """Draws an image of width x height px with boxes over it. Returns what the user asked for since the last run.

    Args:
        boxes: as `core.services.evaluation.image_boxes` returns them for `outcomes`; for `classes` each needs
            `category_id`, `name` and `box` [x1, y1, x2, y2] px. A `note` appears on hover; `chosen` boxes stand out. A
            `mask` (rings of x1, y1, x2, y2, … px) is drawn in place of its box, which stays as a thin line.
        score: first value of the score slider, 0 to 1; None hides it. The user's choice stays until this changes.
        has_previous, has_next: whether there is such an image; both False hides the arrows.
        preload: addresses of the neighbouring images, fetched once this image is loaded.
        max_height: largest height of the stage in px; it never exceeds three quarters of the window.
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
