"""Evaluates a model, and shows its mistakes image by image.

Address:
- Without `evaluation`: the list of evaluations. `of` is the run that fills the form.
- `evaluation`: one evaluation, with `score`, `iou`, `cell` (truth:prediction), `cause`, `class`, `outcome`, `slice`,
  `attribute` and `value`, `q`, `sort`, `view` (objects), `page`, `image`, `box` (kind:id, on that image), `tab`,
  `repair` (causes, several).
  Threshold explorer: `by`, `at`, `miss`, `alarm`. Slices: `cut`. Label issues: `suspect`.
- `evaluation` and `against`: the comparison of two evaluations, with `change` (won or lost).
"""

import streamlit as st

from core.errors import DamagedFileError
from core.services import evaluation
from core.settings import Settings
from pages.sections.compare import head, images, tabs
from pages.sections.compare.state import open_compared
from pages.sections.evaluate.advice import show_advice
from pages.sections.evaluate.files import show_files_form
from pages.sections.evaluate.images import rows_of, show_grid, show_image
from pages.sections.evaluate.intervals import bars_of, show_next_steps
from pages.sections.evaluate.listing import show_list, show_start
from pages.sections.evaluate.progress import show_progress
from pages.sections.evaluate.seal import show_openings, show_seal
from pages.sections.evaluate.state import open_view
from pages.sections.evaluate.tabs import show_tabs
from pages.sections.evaluate.threshold_rule import show_rule, show_tiles
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.damage import show_instead, show_name_damage
from pages.widgets.text import escape


def main(settings: Settings) -> None:
    """Draws the page."""
    if key := address.text("evaluation"):
        try:
            _show_evaluation(settings, key)
        except DamagedFileError as error:
            show_instead(settings, "evaluation", key, error)
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        if rows := evaluation.list_evaluations(settings):
            show_list(settings, rows)
        else:
            st.subheader("No evaluations yet", anchor=False)
            st.markdown("An evaluation runs a model on images it was not trained on, and shows what it got wrong.")
    with right:
        show_start(settings, address.text("of"))
        show_files_form(settings)


def _show_evaluation(settings: Settings, key: str) -> None:
    show_name_damage(settings, "evaluation", key)
    if not (show_progress(settings, key) and show_seal(settings, key)):
        return
    if against := address.text("against"):
        if show_seal(settings, against):
            _show_comparison(settings, key, against)
    else:
        _show_result(settings, key)


def _show_result(settings: Settings, key: str) -> None:
    view = open_view(settings, key)
    summary = view.summary()
    rows = rows_of(view)
    show_rule(view)
    if view.image is not None:
        show_image(settings, view, rows, view.image)
        return
    bars = bars_of(settings, view)
    for note in view.evaluation.spec.notes:
        st.warning(escape(note), icon=":material/contrast:")
    show_tiles(view, summary, bars)
    show_next_steps(settings, view, summary, bars is not None)
    show_openings(view)
    show_advice(settings, view, bars is not None)
    left, right = st.columns(2, gap="large")
    with left, st.container(key="evaluation-tabs"):
        show_tabs(view, summary, bars)
    with right:
        show_grid(settings, view, rows)


def _show_comparison(settings: Settings, key: str, against: str) -> None:
    compared = open_compared(settings, key, against)
    head.show_names(compared)
    show_rule(compared.view)
    if compared.view.image is not None:
        images.show_both(settings, compared, compared.view.image)
        return
    differences = head.measured(settings, compared)
    head.show_verdict(compared, differences)
    left, right = st.columns(2, gap="large")
    with left, st.container(key="evaluation-tabs"):
        tabs.show_tabs(compared, differences)
    with right:
        images.show_grid(settings, compared)


main(current_settings())
