"""The optimiser card of the train page: frozen stages, gradient clipping, precision, weight averaging, data loading."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import counted, figure
from core.services import training
from core.training.recipe.norm_statistics import FROZEN, LEAST_IMAGES, MEASURED
from core.training.recipe.recipe import Recipe
from pages.sections.train import state

_CLIPS: Final = {"value": "Each value", "norm": "Norm of a tensor", "off": "Not at all"}
_PRECISION: Final = {"auto": "If it helps", "on": "Always", "off": "Never"}
_SWITCH: Final = {"auto": None, "on": True, "off": False}
_NORMS: Final = {"auto": "By the batch", FROZEN: "Frozen", MEASURED: "Measured"}
_LOADERS: Final = {"auto": "Automatic", "own": "Set by hand"}


def show_optimiser_card(plan: training.Plan) -> None:
    """The card, folded to a line with the choice."""
    recipe = plan.recipe
    with st.expander(f"**Optimiser** · {_in_words(recipe)}", icon=":material/speed:", key="train:card:optimiser"):
        left, right = st.columns(2, gap="medium")
        with left:
            st.number_input(
                "Frozen stages of the backbone",
                0,
                5,
                step=1,
                help="The first stages keep their weights. This helps small data sets with pretrained weights. "
                "Do not freeze random weights.",
                **state.setting("frozen_stages", recipe.frozen_stages, start="value"),
            )
            _show_norms(plan)
            _show_precision(recipe)
        with right:
            _show_clip(recipe)
            _show_average(recipe)
            _show_loaders(plan)


def _show_norms(plan: training.Plan) -> None:
    """The choice about batch norm, for a model that has it."""
    if not plan.model.has_batch_norm:
        return
    chosen = state.chosen().get("norm_statistics")
    st.segmented_control(
        "Statistics of its batch norm",
        list(_NORMS),
        format_func=_NORMS.__getitem__,
        required=True,
        help=f"Statistics of fewer than {LEAST_IMAGES} images are noisy, so those of the start weights stay. With more "
        "images on each device they are measured on each batch, over all GPUs together.",
        **state.setting("norms", chosen or "auto", _choose_norms, start="default"),
    )


def _choose_norms(key: str) -> None:
    state.choose("norm_statistics", None if key == "auto" else key)


def _show_clip(recipe: Recipe) -> None:
    st.selectbox(
        "Gradient clipping",
        list(_CLIPS),
        format_func=_CLIPS.__getitem__,
        help="Without it, one bad batch can end a run on a small data set with a loss of NaN.",
        **state.setting("clip", recipe.clip, among=list(_CLIPS)),
    )
    if recipe.clip != "off":
        st.number_input(
            "Clip at", 1e-6, 1e6, step=0.1, format="%g", **state.setting("clip_at", recipe.clip_at, start="value")
        )


def _show_average(recipe: Recipe) -> None:
    st.number_input(
        "Average the weights (EMA)",
        0.0,
        0.9999,
        step=0.001,
        format="%.4f",
        help="The share of the running average that each iteration keeps, such as 0.998. The averaged weights are "
        "evaluated and used; training continues from the current weights. It replaces a falling learning rate: five "
        "points of AP on blood cells, and nothing if the rate falls at the end. 0 switches it off.",
        **state.setting("ema", recipe.ema, start="value"),
    )


def _show_precision(recipe: Recipe) -> None:
    chosen = {value: key for key, value in _SWITCH.items()}[recipe.mixed_precision]
    st.segmented_control(
        "Mixed precision",
        list(_PRECISION),
        format_func=_PRECISION.__getitem__,
        required=True,
        help="16-bit numbers where they do no harm: half the memory and about twice the speed on a GPU. A CPU with "
        "bfloat16 is about a fifth faster; other CPUs train in single precision.",
        **state.setting("precision", chosen, _choose_precision, start="default"),
    )


def _choose_precision(key: str) -> None:
    state.choose("mixed_precision", _SWITCH[key])


def _show_loaders(plan: training.Plan) -> None:
    is_own = "data_workers" in state.chosen()
    st.selectbox(
        "Processes that prepare images",
        list(_LOADERS),
        format_func=_LOADERS.__getitem__,
        help="0: the training process prepares them.",
        **state.setting(
            "loaders", "own" if is_own else "auto", lambda key: _choose_loaders(key, plan), among=list(_LOADERS)
        ),
    )
    if is_own:
        st.number_input(
            "Processes", 0, 64, step=1, **state.setting("data_workers", plan.recipe.data_workers, start="value")
        )


def _choose_loaders(key: str, plan: training.Plan) -> None:
    state.choose("data_workers", plan.recipe.data_workers if key == "own" else None)


def _in_words(recipe: Recipe) -> str:
    frozen = f"{counted(recipe.frozen_stages, 'stage')} frozen" if recipe.frozen_stages else "nothing frozen"
    bounds = {"value": "gradient values", "norm": "gradient norms"}
    clip = f"{bounds[recipe.clip]} up to {figure(recipe.clip_at)}" if recipe.clip in bounds else "gradients unbounded"
    return f"{frozen}, {clip}, weights averaged" if recipe.ema else f"{frozen}, {clip}"
