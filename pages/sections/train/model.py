"""The model card of the train page: the model and its first weights."""

from typing import Final

import streamlit as st

from core.figures.words.numbers import count, percent
from core.services import models as custom_models
from core.services import runs, training
from core.settings import Settings
from core.training.recipe.bundled_weights import IMAGENET_ORIGIN
from core.training.recipe.model_catalogue import MODELS, Model, series_of
from core.training.recipe.recipe import Weights
from core.training.recipe.zoo_files import ZOO_LICENSE, ZOO_LICENSE_ADDRESS
from pages.sections.train import state
from pages.sections.train.custom_model import show_adding
from pages.widgets.damage import show_in_line
from pages.widgets.names import run_name
from pages.widgets.text import escape

_SOURCES: Final = {
    "own": "Its own weights",
    "zoo": "COCO weights",
    "starter": "Starter weights",
    "imagenet": "ImageNet weights",
    "random": "Random",
    "run": "An earlier run",
    "file": "A file on the server",
}
# The others need one more field.
_COMPLETE: Final = ("own", "zoo", "starter", "imagenet", "random")
_BOXES, _MASKS, _OWN = "Boxes", "Boxes and masks", "Custom"


def show_model_card(settings: Settings, plan: training.Plan) -> None:
    """The card, folded to a line with the choice."""
    weights = plan.recipe.weights
    line = f"**Model** · {escape(plan.model.title)} · {escape(weights_words(weights.kind, weights.value))}"
    with st.expander(line, icon=":material/account_tree:", key="train:card:model"):
        _show_models(settings, plan)
        sources = custom_models.weights_sources(plan.model)
        chosen = state.chosen().get("source", weights.kind)
        source = st.segmented_control(
            "Start from",
            sources,
            format_func=_SOURCES.__getitem__,
            required=True,
            help="Pretrained weights need far fewer images than random ones.",
            **state.setting("source", chosen if chosen in sources else weights.kind, _choose_source, start="default"),
        )
        _show_weights_field(settings, source or weights.kind, plan.model)


def weights_words(kind: str, value: str) -> str:
    """The first weights, as plain text."""
    if kind == "run":
        return f"run {run_name(value)}"
    if kind == "file":
        return value.rpartition("/")[2]
    words = {
        "zoo": "COCO weights",
        "random": "random weights",
        "starter": "starter weights",
        "imagenet": "ImageNet weights",
        "own": "its own weights",
    }
    return words.get(kind, kind)


def _show_models(settings: Settings, plan: training.Plan) -> None:
    """The models of one kind. The kind only narrows the list; it is not part of the recipe."""
    own = {custom.id: custom.model for custom in custom_models.custom_models(settings)}
    kinds: dict[str, dict[str, Model]] = {
        _BOXES: {model.key: model for model in MODELS if not model.needs_polygons},
        _MASKS: {model.key: model for model in MODELS if model.needs_polygons},
        _OWN: own,
    }
    current = next((kind for kind, models in kinds.items() if plan.model.key in models), _OWN)
    kind = st.segmented_control(
        "Finds", list(kinds), default=current, required=True, key="train:model-kind", label_visibility="collapsed"
    )
    models = kinds[kind or current]
    if kind == _MASKS and (without := training.objects_without_mask(plan.data)):
        st.caption(f":material/info: {count(without)} objects of this data set have no mask.")
    entries = _one_of_each_series(models, plan.model)
    if entries:
        st.radio(
            "Model",
            list(entries),
            format_func=lambda key: escape(entries[key].title),
            captions=[_facts(model, plan.device.is_gpu) for model in entries.values()],
            label_visibility="collapsed",
            **state.setting(
                "model", plan.model.key if plan.model.key in entries else None, _choose_model, among=list(entries)
            ),
        )
    if plan.model.series and plan.model.key in models:
        _show_series(plan.model)
    if kind == _OWN:
        for broken in custom_models.damaged_models(settings):
            with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{escape(broken.name)}**", width="content")
                show_in_line(broken.damage)
        show_adding(settings, has_some=bool(own))


def _one_of_each_series(models: dict[str, Model], chosen: Model) -> dict[str, Model]:
    """The models without the entries of a series that the chosen one, or else its longest training, stands for."""
    stand_ins = {model.series: model.key for model in models.values() if model.series} | {chosen.series: chosen.key}
    return {key: model for key, model in models.items() if stand_ins.get(model.series, key) == key or not model.series}


def _show_series(chosen: Model) -> None:
    """How long the chosen model's weights were trained on COCO: entries of a series differ in that alone."""
    epochs = {model.key: model.coco_epochs for model in series_of(chosen)}
    st.segmented_control(
        "Epochs of its training on COCO",
        list(epochs),
        format_func=lambda key: str(epochs[key]),
        required=True,
        help="The longer, the higher its COCO AP. The files have the same size.",
        **state.setting("length_on_coco", chosen.key, _choose_length, start="default"),
    )


def _choose_length(key: str) -> None:
    state.choose("model", _choose_model(key))


def _choose_model(key: str) -> str:
    """Also resets what belongs to the previous model: its weights, and the choice about its norms."""
    if state.chosen().get("weights", Weights(kind="zoo")).kind in _COMPLETE:
        state.choose("weights", None)
        state.choose("source", None)
    state.choose("norm_statistics", None)
    return key


def _choose_source(kind: str) -> str:
    """Also sets the weights if the source needs no further field."""
    state.choose("weights", Weights(kind=kind) if kind in _COMPLETE else None)
    return kind


def _show_weights_field(settings: Settings, source: str, model: Model) -> None:
    chosen = state.chosen().get("weights")
    value = chosen.value if chosen and chosen.kind == source else ""
    if source == "run":
        able = {run.run: run for run in runs.list_runs(settings) if run.iteration and run.is_readable}
        st.selectbox(
            "Run",
            list(able),
            format_func=lambda key: f"{able[key].name} · {able[key].model_title}",
            placeholder="Choose a run; its best checkpoint is used" if able else "No run has a checkpoint yet",
            **state.setting(
                "weights",
                value if value in able else None,
                lambda key: Weights(kind="run", value=key),
                among=list(able),
            ),
        )
    elif source == "file":
        st.text_input(
            "Path of a .pth or .pkl file",
            placeholder="/models/model_final.pth",
            help="Only numbers are read. No code in the file is run.",
            **state.setting("weights", value, _file, start="value"),
        )
    elif source in ("starter", "imagenet"):
        st.caption(" ".join(_bundled_words(source, model)))
    elif source == "zoo":
        there = training.has_downloaded(settings, model)
        words = "Already downloaded." if there else "Downloaded once when the run starts, and kept in the workspace."
        st.caption(f"{words} License: [{ZOO_LICENSE}]({ZOO_LICENSE_ADDRESS}).")
        st.page_link(
            "pages/weights.py",
            label="No network? Bring the file by hand",
            icon=":material/download:",
            query_params={"model": model.key},
        )


def _bundled_words(source: str, model: Model) -> list[str]:
    """What the weights that come along are, in sentences."""
    words = []
    if model.has_imagenet_weights:
        words.append(f"{IMAGENET_ORIGIN.words} ({IMAGENET_ORIGIN.license}).")
    if source == "starter":
        parts = "Pyramid and heads were trained" if model.has_imagenet_weights else "Trained"
        words.append(f"{parts} on generated images.")
    else:
        words.append("Pyramid and heads start at random.")
    return words


def _file(path: str) -> Weights | None:
    return Weights(kind="file", value=path.strip()) if path.strip() else None


def _facts(model: Model, has_gpu: bool) -> str:
    facts = [f"{model.parameters:.1f} M parameters"] if model.parameters else []
    if model.coco_ap:
        masks = f", masks {percent(model.mask_ap)}" if model.mask_ap else ""
        facts.append(f"COCO AP {percent(model.coco_ap)}{masks}")
    elif model.is_own:
        names = ", ".join(model.classes[:4]) + (f" and {len(model.classes) - 4} more" if len(model.classes) > 4 else "")
        facts.append(f"knows {escape(names)}")
        facts += ["predicts masks"] if model.needs_polygons else []
    else:
        facts.append("backbone from ImageNet" if model.has_imagenet_weights else "no published AP")
    facts.append(f"{model.memory} memory")
    facts += [ZOO_LICENSE] if model.has_zoo_weights else []
    if model.memory != "small" and not has_gpu:
        facts.append("hours without a GPU")
    return " · ".join(facts)
