"""Step 5 of an import: a summary, the name, and the decision."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from core.errors import AppError, ConflictError
from core.figures.words.numbers import count, counted
from core.labels.findings import Severity
from core.labels.imports.plan import ImportPlan, plan_import
from core.services.datasets import ImportOptions, Inspection, import_dataset
from pages.sections.datasets import inspections
from pages.sections.datasets.import_options import NAME, range_error
from pages.sections.datasets.import_source import forget_source, refuse_source
from pages.widgets.actor import actor_of
from pages.widgets.badges import show_readiness
from pages.widgets.cached import all_datasets, current_settings
from pages.widgets.notices import show_error
from pages.widgets.progress import progress_bar

# The upload folder of loose files has no name to suggest.
_NAMELESS = "files"


def show_decision(source: Path, inspection: Inspection, options: ImportOptions) -> str:
    """The expected result, *Import* and *Cancel*. Returns the id of the data set once it is stored, else ""."""
    try:
        plan = plan_import(inspection.examination, options)
    except AppError as error:
        show_error(error)
        plan = None
    if plan is not None:
        _show_plan(plan)
    suggested = "" if inspection.name == _NAMELESS else inspection.name
    name = st.text_input("Name", value=suggested, max_chars=80, key=NAME, placeholder="my-data-set").strip()
    if name in {dataset.name for dataset in all_datasets()}:
        st.caption(":material/history: A data set has this name. The import becomes its next version.")
    may_import = _show_blocked(inspection)
    with st.container(horizontal=True):
        wanted = st.button(
            "Import",
            type="primary",
            icon=":material/download_done:",
            disabled=not (may_import and plan and name) or range_error() is not None,
        )
        st.button("Cancel", on_click=forget_source)
    if not wanted:
        return ""
    return _import(source, inspection, replace(options, name=name, leave_out_blocked=may_import and inspection.blocks))


def _import(source: Path, inspection: Inspection, options: ImportOptions) -> str:
    """Imports, and returns the id. A source that changed since the inspection must be chosen again."""
    try:
        with progress_bar("Importing") as progress:
            if not inspection.examination.has_pixels:
                inspection = inspections.image_pass(source, options).wait(progress)
            imported = import_dataset(
                current_settings(), source, options, progress, inspection=inspection, actor=actor_of(current_settings())
            )
    except ConflictError as error:
        refuse_source(error)
    forget_source()
    return imported.dataset


def _show_plan(plan: ImportPlan) -> None:
    splits = " / ".join(count(number) for number in plan.split_counts.values())
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.metric("Images", count(len(plan.labels.images)), width="content")
        st.metric("Objects", count(len(plan.labels.annotations)), width="content")
        st.metric("Classes", count(len(plan.labels.categories)), width="content")
        st.metric("Train / val / test", splits, width="content")
        show_readiness(not plan.reasons, plan.reasons)


def _show_blocked(inspection: Inspection) -> bool:
    """Whether nothing blocks the import, or the user leaves out what does."""
    if not inspection.blocks:
        return True
    blocking = len(inspection.examination.report.of(Severity.BLOCKS))
    st.warning(
        f"{counted(blocking, 'finding blocks', 'findings block')} the import. Correct the source, or:",
        icon=":material/block:",
    )
    return st.checkbox("Leave out what is blocked, and import the rest", key="import-leave-out")
