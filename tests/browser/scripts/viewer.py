"""A page with nothing but the viewer, for tests: one image with four boxes whose outcomes are known."""

import base64
import io

import streamlit as st
from PIL import Image

from pages.widgets.image_viewer import image_viewer


def box(kind: str, key: int, outcome: str, score: float | None, corners: list[int]) -> dict[str, object]:
    return {
        "id": key,
        "kind": kind,
        "outcome": outcome,
        "category_id": 0,
        "name": "<b>crane</b>",
        "score": score,
        "iou": 0.8 if outcome == "true_positive" else 0.0,
        "box": corners,
        "partner": None,
        "chosen": False,
    }


def make_image() -> str:
    content = io.BytesIO()
    Image.new("RGB", (200, 100), "#88AA66").save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


missed = box("truth", 3, "missed", None, [130, 10, 180, 60])
steps = st.session_state.setdefault("steps", 0)
event = image_viewer(
    make_image(),
    200,
    100,
    [
        box("truth", 1, "matched_truth", 0.9, [10, 10, 60, 60]),
        box("truth", 2, "matched_truth", 0.4, [70, 10, 120, 60]),
        missed | {"mask": [[155, 10, 180, 35, 155, 60, 130, 35]]},
        box("detection", 1, "true_positive", 0.9, [12, 12, 62, 62]) | {"partner": 1},
        box("detection", 2, "true_positive", 0.4, [72, 12, 122, 62]),
        box("detection", 3, "false_positive", 0.7, [20, 70, 60, 95])
        | {"meant_for": 3, "overlap": 0.2, "calibrated": 0.618},
    ],
    "outcomes",
    score=0.3,
    key="viewer",
    has_previous=True,
    has_next=True,
)
st.session_state["steps"] += event.step
st.write(f"steps {st.session_state['steps']}")
