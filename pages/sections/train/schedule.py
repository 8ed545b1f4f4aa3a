"""The schedule card of the train page: how long, in which steps, at which size."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import counted, data_size, figure
from core.services import training
from core.training.recipe.recipe import Recipe
from core.training.run.disk import checkpoint_space
from pages.sections.train import state

_SIDES: Final = tuple(range(128, 1025, 32))


def show_schedule_card(plan: training.Plan) -> None:
    """The card, folded to one line that says what is chosen."""
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
                "Images an iteration (batch)", 1, 256, step=1, **state.setting("batch", recipe.batch, start="value")
            )
            _show_rate(recipe)
        _show_sizes(recipe)
        _show_guards(recipe)
        _show_checkpoints(recipe)


def _show_devices(plan: training.Plan) -> None:
    """How many GPUs share each batch, where there is a choice."""
    if max(plan.most_devices, plan.recipe.devices) == 1:
        return
    st.number_input(
        "GPUs",
        1,
        max(plan.most_devices, plan.recipe.devices),
        step=1,
        help="They share each batch, so it must be a multiple of their number. All must be free at the same time.",
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
    # Iterations rule over epochs in a request, so the last word of the user needs them out of the way.
    state.choose("iterations", None)
    return epochs


def _show_rate(recipe: Recipe) -> None:
    follows = st.toggle(
        "Learning rate follows the batch",
        help="Twice the images an iteration, twice the rate (the linear rule). Unlock it to set your own.",
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
        help="One is drawn for each image. Small objects need large images; time grows with the area.",
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
        help="Stop after so many evaluations without a better AP; 0 never stops early.",
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
        help="What a killed run loses at most.",
        **state.setting("checkpoint_every_s", recipe.checkpoint_every_s),
    )
    right.number_input(
        "Keep the checkpoint of every Nth iteration",
        0,
        10_000_000,
        step=100,
        help="They can be evaluated later; 0 keeps the best and the last one only.",
        **state.setting("keep_every", recipe.keep_every),
    )
    left.number_input(
        "Tries again by itself",
        0,
        2,
        step=1,
        help="After a failure where a changed recipe is known to help and to be safe: with half the batch when memory "
        "runs out, without extra processes when these hang.",
        **state.setting("retries", recipe.retries),
    )
    right.number_input(
        "Counts as hung after (seconds without a step)",
        0.0,
        86_400.0,
        step=60.0,
        format="%.0f",
        help="It is ended then, and the log says where each process stood. 0 waits for ever.",
        **state.setting("hang_after_s", recipe.hang_after_s),
    )
    room = checkpoint_space(recipe)
    kept = f" and {counted(room.kept, 'checkpoint')} kept on the way" if room.kept else ""
    st.caption(f"Best, last{kept} take about {data_size(room.bytes)} on disk.")
