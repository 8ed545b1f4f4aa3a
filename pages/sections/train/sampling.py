"""The sampling card of the train page: how often training sees each image."""

import streamlit as st

from core.errors import AppError
from core.figures.recipe import exposure_figure
from core.figures.words.numbers import percent
from core.services import training
from core.services.training import exposure
from core.training.recipe.plain_settings import MOST_BACKGROUND
from core.training.recipe.recipe import Recipe
from pages.sections.train import state
from pages.widgets.cached import is_dark
from pages.widgets.notices import show_error


def show_sampling_card(plan: training.Plan) -> None:
    """The card, folded to a line with the choice; a chart shows how often training sees each class."""
    card = st.expander(
        f"**Sampling** · {_in_words(plan.recipe)}",
        icon=":material/balance:",
        key="train:card:sampling",
        on_change="rerun",
    )
    if not card.open:
        return
    with card:
        left, right = st.columns(2, gap="medium")
        with left:
            st.slider(
                "Show rare classes more often",
                0.0,
                1.0,
                step=0.01,
                format="percent",
                help="Training sees a class more often if its share of the images is below this: twice as often at a "
                "quarter of it (repeat factor sampling). At 0 every image comes once an epoch.",
                **state.setting("balance", plan.recipe.balance, lambda share: share or None, start="value"),
            )
        with right:
            _show_background(plan)
        try:
            figure = exposure_figure(exposure(plan), is_dark())
        except AppError as error:
            show_error(error)
        else:
            st.plotly_chart(figure, key="train:exposure", config={"displayModeBar": False})


def _show_background(plan: training.Plan) -> None:
    recipe = plan.recipe
    if not (plan.data.background["train"] and recipe.keep_background):
        st.caption("The training images include no background, so its share cannot be set.")
        return
    share = recipe.background_share
    usual = min(plan.data.background["train"] / max(1, plan.images), MOST_BACKGROUND)
    own = st.toggle(
        "Set the share of background",
        help="The share of images without objects in training. Off: as in the data set.",
        **state.setting(
            "own_background",
            share is not None,
            lambda on: state.choose("background_share", round(usual, 2) if on else None),
            start="value",
        ),
    )
    if own:
        st.slider(
            "Background",
            0.0,
            MOST_BACKGROUND,
            step=0.01,
            format="percent",
            **state.setting("background_share", usual if share is None else share, start="value"),
        )


def _in_words(recipe: Recipe) -> str:
    words = [f"classes below {percent(recipe.balance)} % more often"] if recipe.balance else []
    if recipe.background_share is not None:
        words.append(f"{percent(recipe.background_share)} % background")
    return ", ".join(words) or "every image once an epoch"
