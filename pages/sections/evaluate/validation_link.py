"""The link from an evaluation to that of the same model on validation, where thresholds and temperatures are chosen."""

import streamlit as st

from core.services import evaluation as services
from pages.sections.evaluate.state import EvaluationView
from pages.widgets.cached import current_settings


def show_validation_link(view: EvaluationView, label: str, **parameters: str) -> None:
    """Draws the link with `parameters` of the address, if there is such an evaluation."""
    subject = view.evaluation.subject
    row = services.validation_of(current_settings(), *subject) if subject else None
    if row is not None:
        st.page_link(
            "pages/evaluate.py",
            label=label,
            icon=":material/arrow_forward:",
            query_params={"evaluation": row.id, **parameters},
        )
