"""The train page: data, model, schedule and augmentation, the plan they give, and the start.

Address: `dataset`, `version`, `preset`; `clone` is a run whose recipe fills the form.
"""

from dataclasses import replace

import streamlit as st

from core.errors import AppError, DamagedFileError, NotFoundError, RecipeError
from core.figures.words.numbers import count, counted
from core.server_paths import find_on_server, has_limits
from core.services import datasets, runs, training
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.presets import PRESETS, find_preset
from core.training.recipe.recipe import Weights
from pages.sections.train import state
from pages.sections.train.augmentation import show_augmentation_card
from pages.sections.train.expert import Expert, read_expert, show_expert_card
from pages.sections.train.model import show_model_card
from pages.sections.train.optimiser import show_optimiser_card
from pages.sections.train.plan import show_plan
from pages.sections.train.preview import show_preview
from pages.sections.train.sampling import show_sampling_card
from pages.sections.train.schedule import show_schedule_card
from pages.sections.train.several import start
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.notices import show_error
from pages.widgets.text import escape


def main(settings: Settings) -> None:
    """Draws the page."""
    summaries = {summary.id: summary for summary in datasets.list_datasets(settings)}
    readable = {key: summary for key, summary in summaries.items() if summary.is_known}
    if not readable:
        _show_empty()
        _show_damaged(summaries)
        return
    if clone := address.text("clone"):
        _clone(settings, clone)
    dataset = address.text("dataset", next(iter(readable)))
    if dataset not in readable:
        damage = summaries[dataset].damaged if dataset in summaries else None
        not_found = NotFoundError(f"There is no data set {dataset!r}.", "Choose another.")
        _show_others(AppError(f"{dataset}: {damage.words}", damage.remedy) if damage else not_found, readable)
        return
    try:
        _show_form(settings, dataset, readable)
    except DamagedFileError as error:
        _show_others(error, {key: summary for key, summary in readable.items() if key != dataset})


def _show_form(settings: Settings, dataset: str, readable: dict[str, datasets.DatasetSummary]) -> None:
    version = address.choice("version", readable[dataset].versions)
    preset = address.choice("preset", [option.key for option in PRESETS], training.default_preset(settings))
    expert = read_expert()
    changes, refused = _allowed(settings, replace(state.changes(), overrides=expert.overrides))
    request = training.TrainRequest(dataset=dataset, version=version, preset=preset, name=state.name(), changes=changes)
    plan, problem = _plan(settings, request, expert)
    problem = refused or problem
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_data_card(readable, plan)
        _show_presets(preset)
        show_model_card(settings, plan)
        show_schedule_card(plan)
        show_sampling_card(plan)
        place_for_preview = show_augmentation_card(plan)
        show_optimiser_card(plan)
        show_expert_card(settings, expert)
    with right:
        is_started = show_plan(settings, request, plan, problem)
    # Last: it may wait for a worker, and the plan should appear before.
    if place_for_preview and not is_started:
        with place_for_preview:
            show_preview(settings, plan)
    if is_started:
        start(settings, request)


def _allowed(settings: Settings, changes: RecipeChanges) -> tuple[RecipeChanges, AppError | None]:
    """The changes without a weights file outside the allowed folders, and the error about that file."""
    weights = changes.weights
    if not has_limits(settings) or weights is None or weights.kind != "file":
        return changes, None
    try:
        return replace(changes, weights=Weights(kind="file", value=str(find_on_server(settings, weights.value)))), None
    except AppError as error:
        return replace(changes, weights=None), error


def _plan(settings: Settings, request: training.TrainRequest, expert: Expert) -> tuple[training.Plan, AppError | None]:
    """The plan, and what is wrong with the request.

    After an error it is the plan without the user's weights and model, and what depends on the model, so that the form
    has values to show.
    """
    try:
        return training.plan_run(settings, request), expert.problem
    except AppError as error:
        usual = replace(request.changes, weights=None, model=None, norm_statistics=None)
        return training.plan_run(settings, replace(request, changes=usual)), error


def _show_empty() -> None:
    st.title("Train", anchor=False)
    st.markdown("There is no data set to train on yet. Import your own, or begin with the demo.")
    st.page_link("pages/datasets.py", label="Go to data sets", icon=":material/photo_library:")


def _show_damaged(summaries: dict[str, datasets.DatasetSummary]) -> None:
    for summary in summaries.values():
        if summary.damaged:
            show_error(AppError(f"{summary.name}: {summary.damaged.words}", summary.damaged.remedy))


def _show_others(error: AppError, readable: dict[str, datasets.DatasetSummary]) -> None:
    """Why there is no plan, with links to the other data sets: an old link must not plan for another data set."""
    st.title("Train", anchor=False)
    show_error(error)
    for key, summary in readable.items():
        st.page_link(
            "pages/train.py", label=escape(summary.name), icon=":material/photo_library:", query_params={"dataset": key}
        )


def _show_data_card(readable: dict[str, datasets.DatasetSummary], plan: training.Plan) -> None:
    data = plan.data
    images = f"{counted(data.images['train'], 'training image')}, {count(data.images['val'])} in validation"
    line = f"**Data** · {escape(data.name)} {escape(data.version)} · {images}"
    with st.expander(line, icon=":material/photo_library:", key="train:card:data"):
        st.selectbox(
            "Data set",
            list(readable),
            format_func=lambda key: readable[key].name,
            **address.bound("dataset", data.dataset, among=list(readable)),
        )
        if len(readable[data.dataset].versions) > 1:
            st.selectbox(
                "Version",
                readable[data.dataset].versions[::-1],
                **address.bound("version", data.version, among=readable[data.dataset].versions[::-1]),
            )
        if data.background["train"] or not plan.recipe.keep_background:
            st.toggle(
                "Train on images without objects",
                help="They teach the model what is not an object.",
                **state.setting("keep_background", plan.recipe.keep_background, start="value"),
            )


def _show_presets(preset: str) -> None:
    keys = [option.key for option in PRESETS]
    st.segmented_control(
        "Preset",
        keys,
        format_func=lambda key: find_preset(key).title,
        required=True,
        width="stretch",
        **address.bound("preset", preset, _change_preset, start="default"),
    )
    st.caption(find_preset(preset).help)


def _change_preset(key: str) -> str:
    state.forget()
    return key


def _clone(settings: Settings, run: str) -> None:
    """Fills the form with an earlier run's recipe, once."""
    origin = runs.describe_run(settings, run)
    recipe = origin.recipe
    if recipe is None:
        raise RecipeError(f"Run {origin.name!r} has no recipe: its start was interrupted.", "Start a new run.")
    state.take_over(recipe)
    address.put({"clone": None, "dataset": origin.dataset, "preset": recipe.preset})


main(current_settings())
