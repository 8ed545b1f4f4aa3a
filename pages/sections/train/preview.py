"""The preview of the train page: training images as the model sees them."""

from typing import Final

import streamlit as st

from core.errors import AppError
from core.figures.recipe import input_size_figure
from core.figures.words.numbers import counted, percent
from core.services import training
from core.services.training import PreviewSample, SeenImage, size_shares
from core.settings import Settings
from pages.widgets.cached import is_dark
from pages.widgets.notices import show_error
from pages.widgets.progress import progress_bar

_FIRST: Final = "train:preview:first"
# Pairs of plain and augmented image, two pairs a row.
_PAIRS_A_ROW: Final = 2
# Twice the displayed size, for high-density screens.
_LONG_SIDE_PX: Final = 360


def show_preview(settings: Settings, plan: training.Plan) -> None:
    """Eight images, each plain and augmented, and the share of small objects by input size."""
    first = int(st.session_state.get(_FIRST, 0))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**What the model sees**")
        st.space("stretch")
        if first and st.button("First", type="tertiary", icon=":material/first_page:", key="train:preview:begin"):
            st.session_state[_FIRST] = 0
            st.rerun()
        if st.button("Next eight", type="tertiary", icon=":material/navigate_next:", key="train:preview:next"):
            st.session_state[_FIRST] = first + training.PREVIEW_SAMPLES
            st.rerun()
    last = first + training.PREVIEW_SAMPLES
    which = f"Images {first + 1} to {last} of the training with seed {plan.recipe.seed}"
    st.caption(f"{which}: left as in validation and use, right augmented. Sizes are px in the network.")
    try:
        with progress_bar("Rendering the preview") as progress:
            samples = training.render_preview(settings, plan, progress, first, _LONG_SIDE_PX)
    except AppError as error:
        show_error(error)
    else:
        _show_samples(samples)
    _show_sizes(plan)


def _show_samples(samples: list[PreviewSample]) -> None:
    for start in range(0, len(samples), _PAIRS_A_ROW):
        columns = st.columns(2 * _PAIRS_A_ROW, gap="small")
        for number, sample in enumerate(samples[start : start + _PAIRS_A_ROW]):
            for side, seen in enumerate((sample.plain, sample.augmented)):
                with columns[2 * number + side]:
                    st.image(seen.jpeg, width="stretch")
                    st.caption(_facts(seen))


def _facts(seen: SeenImage) -> str:
    size = f"{seen.width} × {seen.height}"
    if not seen.sides_px:
        return f"{size}, no object"
    low, high = round(seen.sides_px[0]), round(seen.sides_px[-1])
    return f"{size}, {counted(len(seen.sides_px), 'object')} of {low} to {high} px"


def _show_sizes(plan: training.Plan) -> None:
    shares = size_shares(plan)
    if not shares.objects:
        return
    at = shares.at_chosen()
    words = ", ".join(f"{percent(share)} % below {limit} px" for limit, share in at.items())
    st.plotly_chart(input_size_figure(shares, is_dark()), key="train:input-sizes", config={"displayModeBar": False})
    st.caption(f"Of {counted(shares.objects, 'training object')} at {shares.chosen} px: {words} (root of the area).")
