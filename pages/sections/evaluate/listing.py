"""The list of evaluations, and the form that starts one."""

import streamlit as st

from core.errors import AppError, DamagedFileError, NotFoundError
from core.figures.words.numbers import ago, count, counted, percent
from core.services import datasets, evaluation
from core.services.evaluation import EvaluationRequest, EvaluationRow
from core.services.runs import RunCheckpoint, RunDescription, RunSummary
from core.services.runs import control as runs
from core.settings import Settings
from core.training.recipe.recipe import Recipe, model_of, with_mirrored_view
from pages.widgets.actor import actor_of
from pages.widgets.badges import show_phase
from pages.widgets.damage import show_actions, show_in_line
from pages.widgets.notices import show_error
from pages.widgets.text import escape

_SPLITS = {"val": "Validation", "test": "Test", "train": "Training", "all": "All images"}


def show_start(settings: Settings, wanted: str) -> None:
    """The form that starts an evaluation; `wanted` is the run that it starts with."""
    able = {run.run: run for run in runs.list_runs(settings) if run.iteration and run.is_readable}
    with st.container(border=True, key="evaluation-start"):
        st.markdown("**Evaluate a run**")
        if not able:
            st.caption("No run has a checkpoint yet.")
            st.page_link("pages/train.py", label="Train a model", icon=":material/model_training:")
            return
        keys = list(able)
        wanted = wanted or keys[0]
        if wanted not in able:
            show_error(_why_not(settings, wanted))
        run = st.selectbox(
            "Run",
            keys,
            index=keys.index(wanted) if wanted in able else None,
            placeholder="Choose a run",
            format_func=lambda key: f"{able[key].name} · AP {percent(_best_ap(able[key]))}",
        )
        if run is None:
            return
        request = _choose_request(settings, runs.describe_run(settings, run))
        for note in evaluation.request_notes(settings, request):
            st.warning(escape(note), icon=":material/contrast:")
        if st.button("Evaluate", type="primary", icon=":material/play_arrow:", key="evaluate", width="stretch"):
            key = evaluation.start_evaluation(settings, request, actor=actor_of(settings))
            st.query_params.from_dict({"evaluation": key})
            st.rerun()


def _best_ap(run: RunSummary) -> float | None:
    return run.best.ap if run.best else None


def _why_not(settings: Settings, wanted: str) -> AppError:
    """Why a run cannot be evaluated. An old link must not silently evaluate another run."""
    try:
        run = runs.describe_run(settings, wanted)
    except (NotFoundError, DamagedFileError) as error:
        return error
    if run.ended and run.reason:
        message = f"Run {run.name!r} has no checkpoint; it is {run.phase}: {run.reason}"
        return AppError(message, run.remedy or "Choose another run.")
    return AppError(f"Run {run.name!r} has no checkpoint yet.", "Choose another run, or come back once it has one.")


def _choose_request(settings: Settings, run: RunDescription) -> EvaluationRequest:
    summaries = {summary.id: summary for summary in datasets.list_datasets(settings)}
    keys = [run.dataset, *(key for key in summaries if key != run.dataset)]
    dataset = st.selectbox(
        "On",
        keys,
        format_func=lambda key: summaries[key].name if key in summaries else key,
        help="Classes of another data set are matched by name.",
    )
    splits = [
        split for split in _SPLITS if split == "all" or dataset not in summaries or summaries[dataset].splits.get(split)
    ]
    left, right = st.columns(2)
    split = left.selectbox("Split", splits, format_func=_SPLITS.__getitem__)
    checkpoints = {_checkpoint_key(checkpoint): checkpoint for checkpoint in run.checkpoints}
    checkpoint = right.selectbox(
        "Checkpoint",
        list(checkpoints),
        format_func=lambda key: f"{checkpoints[key].kind.capitalize()}, iteration {count(checkpoints[key].iteration)}",
    )
    other = "" if dataset == run.dataset else dataset
    return EvaluationRequest(
        run=run.run,
        split=split or "",
        dataset=other,
        checkpoint=checkpoint or "best",
        mirrored=run.recipe is not None and _choose_mirrored(run.recipe),
    )


def _choose_mirrored(recipe: Recipe) -> bool:
    """Whether to add test-time augmentation to a recipe without it."""
    is_usual, views = len(recipe.views) > 1, with_mirrored_view(recipe).views
    rotated = " and rotated" if len(views) > 2 else ""
    mirrored = st.toggle(
        "Test-time augmentation",
        is_usual,
        disabled=is_usual or not model_of(recipe).has_proposals,
        help=f"Predicts on mirrored{rotated} images too, and averages the detections. Takes {len(views)} times as "
        "long. For models with proposals, and for objects that keep their class when mirrored.",
    )
    return mirrored and not is_usual


def show_list(settings: Settings, rows: list[EvaluationRow]) -> None:
    """A line for each evaluation, newest first."""
    for row in rows:
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"evaluation-row-{row.id}"
        ):
            st.page_link(
                "pages/evaluate.py", label=f"**{escape(row.name)}**", query_params={"evaluation": row.id}, width=250
            )
            if row.damaged:
                show_in_line(row.damaged)
                show_actions(settings, "evaluation", row.id, row.damaged)
            elif row.sealed and row.phase == "finished":
                words = f":material/lock: sealed  \n:small[:gray[{counted(row.images, 'image')} · {ago(row.created)}]]"
                st.markdown(words, width=180)
            elif row.phase == "finished":
                aps = f"AP **{percent(row.ap)}** · AP50 {percent(row.ap50)}"
                st.markdown(f"{aps}  \n:small[:gray[{counted(row.images, 'image')} · {ago(row.created)}]]", width=180)
            else:
                show_phase(row.phase, row.reason)


def _checkpoint_key(checkpoint: RunCheckpoint) -> str:
    """The checkpoint of an evaluation request: `best`, `last`, or the iteration of a kept one."""
    return str(checkpoint.iteration) if checkpoint.kind == "kept" else checkpoint.kind
