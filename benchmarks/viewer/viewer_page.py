"""A page with only the viewer, for viewer_frames.py: 2,000 boxes on one image, a canvas of 1280 x 800 px."""

import base64
import io
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from pages.widgets.image_viewer import image_viewer

WIDTH, HEIGHT, BOXES, SEED = 1280, 800, 2000, 7
OUTCOMES = ("true_positive", "false_positive", "matched_truth", "missed")
NO_MARGIN = """<style>
.stMainBlockContainer { padding: 0 !important; max-width: none !important }
header { display: none !important }
</style>"""


def boxes() -> list[dict[str, Any]]:
    """Boxes of all outcomes and sizes, each with a label, as on a crowded image."""
    random = np.random.default_rng(SEED)
    corners = random.uniform((0, 0), (WIDTH - 80, HEIGHT - 80), (BOXES, 2))
    sides = random.lognormal(3.0, 0.6, (BOXES, 2)).clip(4, 80)
    scores = random.uniform(0.3, 1.0, BOXES)
    return [
        {
            "id": place + 1,
            "kind": "truth" if place % 4 > 1 else "detection",
            "outcome": OUTCOMES[place % 4],
            "category_id": place % 5,
            "name": f"class {place % 5}",
            "score": None if place % 4 == 3 else float(scores[place]),
            "iou": 0.7 if place % 4 == 0 else 0.0,
            "box": [*corners[place].tolist(), *(corners[place] + sides[place]).tolist()],
            "partner": None,
            "cause": None,
            "chosen": False,
        }
        for place in range(BOXES)
    ]


@st.cache_data
def image() -> str:
    """An image of noise over a gradient, which is hard to decode and to scale."""
    random = np.random.default_rng(SEED)
    ramp = np.linspace(60, 190, WIDTH)[None, :, None] + np.linspace(-30, 30, HEIGHT)[:, None, None]
    pixels = (ramp + random.normal(0, 12, (HEIGHT, WIDTH, 3))).clip(0, 255).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


st.set_page_config(layout="wide")
st.html(NO_MARGIN)
image_viewer(image(), WIDTH, HEIGHT, boxes(), score=0.3, key="viewer", max_height=HEIGHT)
