"""The images of a data set version in the form that the viewer and the grid take."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.evaluation.ignored_regions import EVERY_CLASS, REGION_NAME
from core.figures.words.numbers import counted
from core.services import datasets
from core.services.datasets import OpenVersion, object_masks
from core.tables import BOX_COLUMNS
from pages.widgets import routes
from pages.widgets.cached import current_settings
from pages.widgets.image_grid import Tile

# For images inside the page, without server.py: small enough for a websocket message.
_INLINE_PX = 1024
_INLINE_THUMBNAIL_PX = 240
_MOST_ATTRIBUTES = 12
_ATTRIBUTE_LENGTH = 80


def image_address(dataset: str, version: str, image_id: int, thumbnail: bool = False) -> str:
    """The URL of an image: an address of server.py, or a data URL under `streamlit run`."""
    if routes.are_served():
        return routes.version_image(dataset, version, image_id, thumbnail)
    return _inline(dataset, version, image_id, _INLINE_THUMBNAIL_PX if thumbnail else _INLINE_PX)


@st.cache_data(max_entries=200, show_spinner=False)
def _inline(dataset: str, version: str, image_id: int, size: int) -> str:
    content = datasets.thumbnail(current_settings(), dataset, version, image_id, size).read_bytes()
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def boxes_of(opened: OpenVersion, image_id: int, attributes: Mapping[int, dict[str, str]]) -> list[dict[str, Any]]:
    """The objects of an image as boxes for the viewer's mode `classes`; `attributes` are of `attributes_on`."""
    boxes = boxes_by_image(opened, [image_id])[image_id]
    masks = object_masks(opened, image_id)
    for box in boxes:
        if box["id"] in masks:
            box["mask"] = masks[box["id"]]
        if words := attribute_words(attributes.get(box["id"], {}), "\n"):
            box["note"] = "\n".join(filter(None, (box["note"], words)))
    return boxes


def attribute_words(attributes: Mapping[str, str], between: str) -> str:
    """`difficult: 1` for each attribute, at most _MOST_ATTRIBUTES, each cut at a readable length."""
    words = [f"{name}: {value}"[:_ATTRIBUTE_LENGTH] for name, value in attributes.items()]
    more = [f"and {len(words) - _MOST_ATTRIBUTES:,} more"] if len(words) > _MOST_ATTRIBUTES else []
    return between.join([*words[:_MOST_ATTRIBUTES], *more])


def boxes_by_image(opened: OpenVersion, image_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The objects and ignored regions of several images by image id, in one pass over the tables."""
    names = opened.labels.class_names
    objects = opened.labels.annotations
    boxes: dict[int, list[dict[str, Any]]] = {image_id: [] for image_id in image_ids}
    columns = ["image_id", "annotation_id", "category_id", "is_crowd", *BOX_COLUMNS]
    for image_id, key, category, is_crowd, *box in objects.loc[objects["image_id"].isin(image_ids), columns].itertuples(
        index=False, name=None
    ):
        note = "a crowd of objects" if is_crowd else ""
        boxes[image_id].append(
            {"id": key, "category_id": category, "name": names[category], "box": list(box), "note": note}
        )
    regions = opened.labels.ignored
    columns = ["image_id", "reason", *BOX_COLUMNS]
    for number, (image_id, reason, *box) in enumerate(
        regions.loc[regions["image_id"].isin(image_ids), columns].itertuples(index=False, name=None), 1
    ):
        boxes[image_id].append(region_box(number, box, reason))
    return boxes


def region_box(number: int, corners: Sequence[float], reason: str) -> dict[str, Any]:
    """An ignored region, the `number`th of its page from 1, as a box for viewer and grid; `reason` appears on hover."""
    region = {"id": -number, "kind": "region", "category_id": EVERY_CLASS, "name": REGION_NAME}
    return {**region, "box": list(corners), "note": reason}


def tiles_of(opened: OpenVersion, image_ids: list[int]) -> list[Tile]:
    """Tiles for the grid, in the order of the ids."""
    images = opened.labels.images.set_index("image_id")
    boxes = boxes_by_image(opened, image_ids)
    return [
        Tile(
            id=image_id,
            url=image_address(opened.dataset, opened.version, image_id, thumbnail=True),
            width=int(images.at[image_id, "width"]),
            height=int(images.at[image_id, "height"]),
            boxes=boxes[image_id],
            caption=str(images.at[image_id, "file_name"]),
            note=_note(str(images.at[image_id, "use"]), str(images.at[image_id, "split"]), _objects(boxes[image_id])),
        )
        for image_id in image_ids
    ]


def _objects(boxes: list[dict[str, Any]]) -> int:
    """The number of objects among the boxes."""
    return sum("kind" not in box for box in boxes)


def _note(use: str, split: str, objects: int) -> str:
    content = counted(objects, "object") if use == "labelled" else use
    return f"{content} · {split}" if split else content
