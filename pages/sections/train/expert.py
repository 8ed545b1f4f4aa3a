"""The expert card of the train page: Detectron2's settings as YAML."""

from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from core.errors import RecipeError
from core.figures.words.numbers import counted
from core.services import training
from core.settings import Settings
from pages.sections.train import state
from pages.widgets.notices import show_error

_MOST_KEYS: Final = 100


@dataclass(frozen=True, slots=True)
class Expert:
    """The expert settings of the form; `problem` is the error if the text is invalid."""

    overrides: dict[str, Any] = field(default_factory=dict)
    problem: RecipeError | None = None


def read_expert() -> Expert:
    """Parses the expert text, before the plan is made and the page is drawn."""
    try:
        return Expert(training.parse_expert_yaml(str(state.chosen().get("expert", ""))))
    except RecipeError as error:
        return Expert(problem=error)


def show_expert_card(settings: Settings, expert: Expert) -> None:
    """The card, folded to one line: the text, its errors, and a search in all settings."""
    changed = counted(len(expert.overrides), "setting") + " changed" if expert.overrides else "none changed"
    words = "cannot be read" if expert.problem else changed
    card = st.expander(
        f"**Expert settings** · {words}", icon=":material/tune:", key="train:card:expert", on_change="rerun"
    )
    if not card.open:
        return
    with card:
        st.text_area(
            "Detectron2 settings (YAML)",
            height=140,
            placeholder="SOLVER:\n  MOMENTUM: 0.95\nMODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE: 256",
            help="Applied last, over everything above. Checked against Detectron2's settings before the start.",
            **state.setting("expert", str(state.chosen().get("expert", "")), start="value"),
        )
        if expert.problem:
            show_error(expert.problem)
        for problem in training.check_overrides(settings, expert.overrides):
            show_error(RecipeError(problem))
        _show_search(settings)


def _show_search(settings: Settings) -> None:
    wanted = st.text_input("Find a setting", placeholder="MOMENTUM", key="train:find-setting").strip().upper()
    if not wanted:
        return
    keys = {name: key for name, key in training.config_keys(settings).items() if wanted in name}
    if not keys:
        st.caption("No setting has this text in its name.")
        return
    rows = list(keys.items())[:_MOST_KEYS]
    st.dataframe(
        {
            "Setting": [name for name, _ in rows],
            "Default": [str(key.default) for _, key in rows],
            "Type": [key.type for _, key in rows],
            "Remark": [key.refused for _, key in rows],
        },
        hide_index=True,
    )
    if len(keys) > len(rows):
        st.caption(f"The first {len(rows)} of {counted(len(keys), 'setting')}.")
