"""A run's sample predictions over time: the same images at each evaluation.

assets/run_samples.js draws them, and writes its state into data attributes of `.samples` (`data-iteration`, `-score`,
`-tp`, `-fp`, `-missed`), which browser tests read. Sliders need no rerun, because all steps are sent at once.
"""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.errors import AppError
from core.services.runs import (
    SAMPLE_IOU,
    RunSamples,
    SampleImage,
    SampleStep,
    read_samples,
)
from core.settings import Settings
from core.training.metrics.curves import Curve
from pages.widgets.asset_files import VIEWER_SCRIPTS, read_assets
from pages.widgets.version_images import image_address

_SCORE: Final = 0.5
_SAMPLES = st.components.v2.component(
    "detdesk_run_samples",
    html=read_assets("run_samples.html"),
    css=read_assets("image_grid.css", "image_viewer.css", "run_samples.css"),
    js=read_assets("boxes.js", "tiles.js", *VIEWER_SCRIPTS, "run_samples.js"),
)


def show_samples(settings: Settings, run: str, ap: Curve | None) -> None:
    """The images, or what they wait for. `ap`: the run's validation AP, 0 to 1, if there is one."""
    with st.container(key="run-samples", gap="small"):
        samples = read_samples(settings, run)
        number = len(samples.images) if samples else 0
        help_text = f"A detection is correct at IoU {SAMPLE_IOU:g} or more, the default of the evaluation page."
        st.markdown("**Sample predictions: does the model find the objects?**", help=help_text)
        if samples is None:
            st.caption("They appear with the first evaluation on the validation images.")
            return
        st.caption(f"The same {number} validation images at each evaluation, and for every run on this data.")
        ap_at = {} if ap is None else dict(zip(ap.iterations.tolist(), ap.values.tolist(), strict=True))
        _SAMPLES(key="samples", data=_as_data(samples, ap_at))


def _as_data(samples: RunSamples, ap_at: Mapping[int, float]) -> dict[str, Any]:
    steps = [_step(step, ap_at.get(step.iteration)) for step in samples.steps]
    return {
        # Differs if anything else differs; an equal stamp needs no redraw.
        "stamp": f"{samples.dataset} {samples.version} {[(step['iteration'], step['ap']) for step in steps]}",
        "classes": list(samples.classes),
        "images": [_image(samples, image) for image in samples.images],
        "steps": steps,
        "score": _SCORE,
    }


def _image(samples: RunSamples, image: SampleImage) -> dict[str, Any]:
    return {
        "url": _address(samples, image.image_id, is_thumbnail=True),
        "large_url": _address(samples, image.image_id, is_thumbnail=False),
        "width": image.width,
        "height": image.height,
        "caption": image.file_name,
        "truths": image.truths,
    }


def _step(step: SampleStep, ap: float | None) -> dict[str, Any]:
    return {"iteration": step.iteration, "found": step.detections, "scores": step.scores, "ap": ap}


def _address(samples: RunSamples, image_id: int, is_thumbnail: bool) -> str:
    """The URL of an image; "" if the data set has been deleted."""
    try:
        return image_address(samples.dataset, samples.version, image_id, is_thumbnail)
    except (AppError, OSError):
        return ""
