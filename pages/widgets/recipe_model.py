"""The model card of the train page: which model, from which weights. Imported by pages/train.py."""

from typing import Final

import streamlit as st

from core.desk import runs, training
from core.figures.words import percent
from core.settings import Settings
from core.training.catalogue import MODELS, Model, find_model
from pages.widgets import recipe_state as state
from pages.widgets.markup import escape
from pages.widgets.names import run_name

_SOURCES: Final = {
    "zoo": "COCO weights",
    "random": "Random",
    "run": "An earlier run",
    "file": "A file on the server",
}


def show_model_card(settings: Settings, plan: training.Plan) -> None:
    """The card, folded to one line that says what is chosen."""
    weights = plan.recipe.weights
    line = f"**Model** · {escape(plan.model.title)} · {escape(weights_words(weights.kind, weights.value))}"
    with st.expander(line, icon=":material/account_tree:", key="train:card:model"):
        st.radio(
            "Model",
            [model.key for model in MODELS],
            format_func=lambda key: find_model(key).title,
            captions=[_facts(model, plan.device.is_gpu) for model in MODELS],
            **state.knob("model", plan.model.key),
        )
        source = st.segmented_control(
            "Start from",
            list(_SOURCES),
            format_func=_SOURCES.__getitem__,
            required=True,
            help="Weights that know pictures already need far fewer of yours.",
            **state.knob("source", state.chosen().get("source", weights.kind), _choose_source),
        )
        _show_weights_field(settings, source or weights.kind, plan.model)


def weights_words(kind: str, value: str) -> str:
    """Where training starts, as plain text."""
    if kind == "run":
        return f"run {run_name(value)}"
    if kind == "file":
        return value.rpartition("/")[2]
    return {"zoo": "COCO weights", "random": "random weights"}.get(kind, kind)


def _choose_source(kind: str) -> str:
    """Zoo and random are complete choices; the other two wait for their field."""
    state.choose("weights", kind if kind in ("zoo", "random") else None)
    return kind


def _show_weights_field(settings: Settings, source: str, model: Model) -> None:
    if source == "run":
        able = {run["run"]: run for run in runs.list_runs(settings) if run["iteration"]}
        value = state.chosen().get("weights")
        st.selectbox(
            "Run",
            list(able),
            format_func=lambda key: f"{able[key]['name']} · {able[key]['model_title']}",
            index=None,
            placeholder="Choose a run; its best checkpoint is taken" if able else "No run has a checkpoint yet",
            **state.knob("weights", value if value in able else None),
        )
    elif source == "file":
        st.text_input(
            "Path of a .pth or .pkl file",
            placeholder="/models/model_final.pth",
            **state.knob("weights", str(state.chosen().get("weights", "")), lambda text: text.strip() or None),
        )
    elif source == "zoo" and not model.has_zoo_weights:
        st.caption("There are no COCO weights for this model.")


def _facts(model: Model, has_gpu: bool) -> str:
    facts = [f"{model.parameters:.1f} M parameters"] if model.parameters else []
    facts.append(f"COCO AP {percent(model.coco_ap)}" if model.coco_ap else "no published AP")
    facts.append(f"{model.memory} memory")
    if model.memory != "small" and not has_gpu:
        facts.append("made for a GPU, expect hours here")
    return " · ".join(facts)
