"""What the comparison of two evaluations shows. It lives in the address: `evaluation`, `against`, `change`, and
more."""

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
    """One view of a comparison: `shown` is A at the score and IoU that rule both; `change` won, lost or "" (both)."""

    comparison: Comparison
    view: EvaluationView
    change: str

    @property
    def moved(self) -> pd.DataFrame:
        """The objects won and lost, of the chosen class where one is chosen."""
        table = self.comparison.moved(self.view.score, self.view.iou)
        kind = self.view.filter.category_id
        return table if kind < 0 else table[table["category_id"] == kind]

    @property
    def chosen(self) -> pd.DataFrame:
        """Those of them that are asked for."""
        return self.moved[self.moved["change"] == self.change] if self.change else self.moved


def open_compared(settings: Settings, key: str, against: str) -> Compared:
    """The view that the address asks for. Raises AppError for two that cannot be compared."""
    a, b = open_view(settings, key), open_view(settings, against)
    ids = (str(settings.workspace), a.evaluation.id, b.evaluation.id)
    return Compared(_brought_together(ids, a.evaluation, b.evaluation), a, address.choice("change", CHANGES))


# Streamlit cannot hash the evaluations; the workspace and their ids are what tells comparisons apart.
@st.cache_resource(max_entries=4, show_spinner="Bringing the two together …")
def _brought_together(ids: tuple[str, str, str], _a: OpenEvaluation, _b: OpenEvaluation) -> Comparison:
    return evaluation.compare(_a, _b)
