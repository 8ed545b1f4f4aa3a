"""The form that adds a custom Detectron2 model, on the model card of the train page."""

import streamlit as st

from core.server_paths import find_on_server
from core.services import models as custom_models
from core.settings import Settings
from pages.sections.train import state
from pages.widgets.actor import actor_of
from pages.widgets.notices import shown_errors


def show_adding(settings: Settings, has_some: bool) -> None:
    """A form for the two files of a model. The added model is selected."""
    if not has_some:
        st.caption("A model that Detectron2 trained elsewhere: its config.yaml and weights.")
    with st.popover("Add a model", icon=":material/add:"), st.form("train:own-model", border=False):
        name = st.text_input("Name", placeholder="Crane detector 2023")
        config = st.text_input("Path of config.yaml on the server", placeholder="/models/crane/config.yaml")
        weights = st.text_input("Path of the weights on the server", placeholder="/models/crane/model_final.pth")
        classes = st.text_input(
            "Class names in the order of their numbers",
            placeholder="crane, truck",
            help="Separated by commas. Needed only if the files do not name the classes.",
        )
        if st.form_submit_button("Add", type="primary"):
            _add(settings, name, config, weights, classes)


def _add(settings: Settings, name: str, config: str, weights: str, classes: str) -> None:
    names = tuple(part.strip() for part in classes.split(",") if part.strip())
    with shown_errors(), st.spinner("Examining the model. No code in its files is run."):
        files = find_on_server(settings, config), find_on_server(settings, weights)
        model = custom_models.add_model(settings, *files, name, names, actor=actor_of(settings))
        state.choose("model", model.id)
        st.rerun()
