"""The schedule card of the train page: length, batch, learning rate, input size, evaluations, checkpoints."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import counted, data_size, figure
from core.services import training
from core.training.recipe.recipe import Recipe
from core.training.run.disk import checkpoint_space
from pages.sections.train import state

_SIDES: Final = tuple(range(128, 1025, 32))


def show_schedule_card(plan: training.Plan) -> None:
    """The card, folded to a line with the choice."""
    recipe = plan.recipe
    rate = figure(recipe.learning_rate)
    line = f"**Schedule** · {counted(recipe.iterations, 'iteration')} · batch {recipe.batch} · learning rate {rate}"
    with st.expander(line, icon=":material/schedule:", key="train:card:schedule"):
        left, right = st.columns(2)
        with left:
            _show_length(plan)
            _show_devices(plan)
        with right:
            st.number_input(
                "Images per iteration (batch)", 1, 256, step=1, **state.setting("batch", recipe.batch, start="value")
            )
            _show_rate(recipe)
        _show_sizes(recipe)
        _show_guards(recipe)
        _show_checkpoints(recipe)


def _show_devices(plan: training.Plan) -> None:
    """How many GPUs share each batch, if there is a choice."""
    if max(plan.most_devices, plan.recipe.devices) == 1:
        return
    st.number_input(
        "GPUs",
        1,
        max(plan.most_devices, plan.recipe.devices),
        step=1,
        help="They share each batch, so it must be a multiple of their number. The run waits until all are free.",
        **state.setting("devices", plan.recipe.devices, start="value"),
    )


def _show_length(plan: training.Plan) -> None:
    unit = st.segmented_control("Length in", ["Iterations", "Epochs"], default="Iterations", required=True)
    if unit == "Epochs":
        st.number_input(
            "Epochs",
            0.1,
            10_000.0,
            step=1.0,
            format="%.1f",
            help="How often every training image is seen.",
            **state.setting("epochs", round(plan.epochs, 1), _choose_epochs, start="value"),
        )
    else:
        st.number_input(
            "Iterations",
            1,
            10_000_000,
            step=50,
            help="An iteration is one step with one batch.",
            **state.setting("iterations", plan.recipe.iterations, start="value"),
        )


def _choose_epochs(epochs: float) -> float:
    # In a request iterations override epochs, so the user's choice of epochs removes them.
    state.choose("iterations", None)
    return epochs


def _show_rate(recipe: Recipe) -> None:
    follows = st.toggle(
        "Learning rate follows the batch",
        help="Twice the batch, twice the rate (linear rule). Switch it off to set the rate by hand.",
        **state.setting(
            "follows",
            "learning_rate" not in state.chosen(),
            lambda on: _lock_rate(on, recipe.learning_rate),
            start="value",
        ),
    )
    st.number_input(
        "Learning rate",
        1e-7,
        10.0,
        step=0.0001,
        format="%.6f",
        disabled=follows,
        **state.setting("learning_rate", recipe.learning_rate, start="value"),
    )
    st.caption(f"Warm-up over {counted(recipe.warmup, 'iteration')}, {decay_words(recipe)}.")


def decay_words(recipe: Recipe) -> str:
    """How the learning rate falls after the warm-up."""
    if recipe.overrides.get("SOLVER.LR_SCHEDULER_NAME") == "WarmupCosineLR":
        return "falling to 0 along a cosine"
    decay = ", ".join(f"{at:,}" for at in recipe.decay_at)
    return f"decay at {decay}" if decay else "no decay"


def _lock_rate(follows: bool, rate: float) -> None:
    state.choose("learning_rate", None if follows else rate)


def _show_sizes(recipe: Recipe) -> None:
    left, right = st.columns([2, 1])
    left.multiselect(
        "Input size: short side in px",
        sorted({*_SIDES, *recipe.input_sizes}),
        help="Each training image takes one at random. Small objects need large images; time grows with the area.",
        **state.setting("input_sizes", list(recipe.input_sizes), lambda sides: tuple(sorted(sides)) or None),
    )
    right.number_input("In validation and use", 32, 4096, step=32, **state.setting("test_size", recipe.test_size))


def _show_guards(recipe: Recipe) -> None:
    left, middle, right = st.columns(3)
    left.number_input(
        "Evaluate every (iterations)",
        1,
        10_000_000,
        step=10,
        **state.setting("evaluate_every", recipe.evaluate_every),
    )
    middle.number_input(
        "Patience (evaluations)",
        0,
        1000,
        step=1,
        help="Stops after this many evaluations without a better AP. 0 never stops early.",
        **state.setting("patience", recipe.patience),
    )
    right.number_input("Seed", 0, 2**31 - 1, step=1, **state.setting("seed", recipe.seed))


def _show_checkpoints(recipe: Recipe) -> None:
    left, right = st.columns([1, 2])
    left.number_input(
        "Checkpoint every (seconds)",
        1.0,
        86_400.0,
        step=30.0,
        format="%.0f",
        help="A killed run loses at most this much.",
        **state.setting("checkpoint_every_s", recipe.checkpoint_every_s),
    )
    right.number_input(
        "Keep the checkpoint of every Nth iteration",
        0,
        10_000_000,
        step=100,
        help="They can be evaluated later. 0 keeps only the best and the last one.",
        **state.setting("keep_every", recipe.keep_every),
    )
    left.number_input(
        "Automatic retries",
        0,
        2,
        step=1,
        help="After a failure that a changed recipe safely avoids: half the batch if memory runs out, no data "
        "processes if they hang.",
        **state.setting("retries", recipe.retries),
    )
    right.number_input(
        "Counts as hung after (seconds without a step)",
        0.0,
        86_400.0,
        step=60.0,
        format="%.0f",
        help="The run is then ended, and the log has the stack of each process. 0 waits for ever.",
        **state.setting("hang_after_s", recipe.hang_after_s),
    )
    space = checkpoint_space(recipe)
    kept = f" and {counted(space.kept, 'kept checkpoint')}" if space.kept else ""
    st.caption(f"The best and the last checkpoint{kept} take about {data_size(space.bytes)} on disk.")
