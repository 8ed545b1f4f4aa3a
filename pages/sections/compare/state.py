"""The state of the comparison of two evaluations. Address: `evaluation`, `against`, `change`, and the filters."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.services import evaluation
from core.services.evaluation import CHANGES, Comparison, OpenEvaluation
from core.settings import Settings
from pages.sections.evaluate.state import EvaluationView, open_view
from pages.widgets import address


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison. `view` is A at the score and IoU that hold for both; `change` is won, lost or "" (both)."""

    comparison: Comparison
    view: EvaluationView
    change: str

    @property
    def moved(self) -> pd.DataFrame:
        """The objects won and lost, only of the chosen class if there is one."""
        table = self.comparison.moved(self.view.score, self.view.iou)
        category_id = self.view.filter.category_id
        return table if category_id < 0 else table[table["category_id"] == category_id]

    @property
    def chosen(self) -> pd.DataFrame:
        """The moved objects with the chosen change."""
        return self.moved[self.moved["change"] == self.change] if self.change else self.moved


def open_compared(settings: Settings, key: str, against: str) -> Compared:
    """The comparison of the address. Raises AppError for two evaluations that cannot be compared."""
    a, b = open_view(settings, key), open_view(settings, against)
    ids = (str(settings.workspace), a.evaluation.id, b.evaluation.id)
    return Compared(_compare(ids, a.evaluation, b.evaluation), a, address.choice("change", CHANGES))


# Streamlit cannot hash evaluations; the workspace and their ids identify the comparison.
@st.cache_resource(max_entries=4, show_spinner="Comparing the evaluations …")
def _compare(ids: tuple[str, str, str], _a: OpenEvaluation, _b: OpenEvaluation) -> Comparison:
    return evaluation.compare(_a, _b)
