"""Published weights brought by hand: which file goes where, for a server without a network.

Address: `model`, a model of the catalogue.
"""

from typing import Final

import pandas as pd
import streamlit as st

from core.figures.words.numbers import data_size
from core.services import zoo_weights
from core.services.zoo_weights import State, WeightsFile
from core.settings import Settings
from core.training.recipe.model_catalogue import MODELS, find_model
from core.training.recipe.presets import find_preset
from core.training.recipe.zoo_files import ZOO_LICENSE_ADDRESS, note_of
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.text import escape, show_facts

_ABLE: Final = [model.key for model in MODELS if model.has_zoo_weights]
_FIRST: Final = find_preset("finetune").model  # what a machine with a GPU trains unless asked otherwise
_BADGES: Final = {
    State.MISSING: ("Not there", ":material/cloud_off:", "gray"),
    State.THERE: ("There", ":material/draft:", "blue"),
    State.WHOLE: ("There and whole", ":material/verified:", "green"),
    State.DOUBTFUL: ("There, not confirmed", ":material/help:", "orange"),
    State.BROKEN: ("Broken", ":material/broken_image:", "red"),
}


def main(settings: Settings) -> None:
    """Draws the page."""
    st.title("Weights by hand", anchor=False)
    st.markdown(
        "A run downloads the published weights that it starts from. Without a network, bring the file yourself: fetch "
        "it on another machine, copy it here, and open this page again."
    )
    chosen = address.choice("model", _ABLE, _FIRST)
    st.selectbox(
        "Model",
        _ABLE,
        format_func=lambda key: find_model(key).title,
        width=460,
        **address.bound("model", chosen, among=_ABLE),
    )
    with st.spinner("Reading the file"):
        file = _checked(settings, chosen, _written_ns(settings, chosen))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_steps(file)
    with right, st.container(border=True):
        _show_state(file)
    _show_all(settings)


def _written_ns(settings: Settings, model: str) -> tuple[int, int]:
    """When the file in the workspace and its note were written; 0 for one that is not there."""
    place = zoo_weights.weights_place(settings, find_model(model))
    file, note = (path.stat().st_mtime_ns if path.is_file() else 0 for path in (place, note_of(place)))
    return file, note


@st.cache_data(max_entries=40, show_spinner=False)
def _checked(settings: Settings, model: str, written_ns: tuple[int, int]) -> WeightsFile:
    """The check of a file that has not been written since; it reads hundreds of megabytes."""
    return zoo_weights.check_weights(settings, model)


def _show_steps(file: WeightsFile) -> None:
    st.markdown("**1. On a machine with a network, fetch the file**")
    st.code(f"curl -fLO {file.address}", language="bash", wrap_lines=True)
    st.markdown("**2. Copy it to this server under this name**")
    st.code(file.file, language=None, wrap_lines=True)
    st.markdown("**3. Check it**, here or on the command line")
    st.code(f"python -m core weights {file.models[0]}", language="bash", wrap_lines=True)


def _show_state(file: WeightsFile) -> None:
    words, icon, colour = _BADGES[file.state]
    st.badge(words, icon=icon, color=colour)  # type: ignore[arg-type]
    st.markdown(escape(file.words))
    show_facts(
        {
            "For": "; ".join(file.titles),
            "Size": f"{file.bytes:,} bytes" if file.bytes else f"about {data_size(file.about_bytes)}",
            "sha256": file.sha256 or "not published",
            "md5": f"begins with {file.md5_starts}, by the zoo's file name",
        }
    )
    st.caption(f"License of the weights: [{file.license}]({ZOO_LICENSE_ADDRESS}). Trained on COCO by Meta AI.")


def _show_all(settings: Settings) -> None:
    with st.expander("All published weights", icon=":material/list:", key="weights-all"):
        rows = [
            {
                "Models": ", ".join(file.titles),
                "State": _BADGES[file.state][0],
                "Size": data_size(file.about_bytes),
                "License": file.license,
                "File": file.file.rpartition("/")[2],
            }
            for file in zoo_weights.weights_files(settings)
        ]
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            height="content",
            column_config={
                "Models": st.column_config.TextColumn(width="large"),
                "File": st.column_config.TextColumn(width="large"),
            },
        )
        st.caption("The state here rests on size and form alone; choose a model above to have its file checked.")


main(current_settings())
