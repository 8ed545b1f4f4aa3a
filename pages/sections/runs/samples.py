"""A run's sample predictions through time: the same pictures at each evaluation.

The drawing is assets/run_samples.js; it writes what it shows into the data attributes of `.samples` (`data-iteration`,
`-score`, `-tp`, `-fp`, `-missed`), which browser tests read. Sliders need no rerun: all steps travel at once.
"""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.errors import AppError
from core.services.runs import (
    SAMPLE_IOU,
    RunSamples,
    SamplePicture,
    SampleStep,
    read_samples,
)
from core.settings import Settings
from core.training.metrics.curves import Curve
from pages.widgets.asset_files import VIEWER_SCRIPTS, read_assets
from pages.widgets.version_images import picture_address

_SCORE: Final = 0.5
_SAMPLES = st.components.v2.component(
    "detdesk_run_samples",
    html=read_assets("run_samples.html"),
    css=read_assets("image_grid.css", "image_viewer.css", "run_samples.css"),
    js=read_assets("boxes.js", "tiles.js", *VIEWER_SCRIPTS, "run_samples.js"),
)


def show_samples(settings: Settings, run: str, ap: Curve | None) -> None:
    """The pictures, or what they wait for. `ap` is the run's validation AP, 0 to 1, where it is known."""
    with st.container(key="run-samples", gap="small"):
        samples = read_samples(settings, run)
        number = len(samples.pictures) if samples else 0
        help_text = (
            f"A detection counts as correct at IoU {SAMPLE_IOU:g} or more, as on the evaluation page at its default."
        )
        st.markdown("**Sample predictions: does it find on these pictures what it should?**", help=help_text)
        if samples is None:
            st.caption("They appear with the first evaluation on the validation pictures.")
            return
        st.caption(f"The same {number} validation pictures at each evaluation, and for every run on this data.")
        known = {} if ap is None else dict(zip(ap.iterations.tolist(), ap.values.tolist(), strict=True))
        _SAMPLES(key="samples", data=_as_data(samples, known))


def _as_data(samples: RunSamples, ap_at: Mapping[int, float]) -> dict[str, Any]:
    steps = [_step(step, ap_at.get(step.iteration)) for step in samples.steps]
    return {
        # Whatever changes the rest changes this; an equal one needs no drawing.
        "stamp": f"{samples.dataset} {samples.version} {[(step['iteration'], step['ap']) for step in steps]}",
        "classes": list(samples.classes),
        "pictures": [_picture(samples, picture) for picture in samples.pictures],
        "steps": steps,
        "score": _SCORE,
    }


def _picture(samples: RunSamples, picture: SamplePicture) -> dict[str, Any]:
    return {
        "url": _address(samples, picture.image_id, is_thumbnail=True),
        "large_url": _address(samples, picture.image_id, is_thumbnail=False),
        "width": picture.width,
        "height": picture.height,
        "caption": picture.file_name,
        "truths": picture.truths,
    }


def _step(step: SampleStep, ap: float | None) -> dict[str, Any]:
    return {"iteration": step.iteration, "found": step.found, "scores": step.scores, "ap": ap}


def _address(samples: RunSamples, image_id: int, is_thumbnail: bool) -> str:
    """Where the browser finds a picture; "" for one of a data set that was deleted since."""
    try:
        return picture_address(samples.dataset, samples.version, image_id, is_thumbnail)
    except (AppError, OSError):
        return ""
