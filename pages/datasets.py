"""All data sets as cards, and the import of a new one in five steps."""

from dataclasses import replace

import streamlit as st

from core.errors import AppError
from pages.sections.datasets.import_finish import show_decision
from pages.sections.datasets.import_ignored import show_ignored
from pages.sections.datasets.import_source import choose_source, forget_source, refuse_source
from pages.sections.datasets.import_steps import show_class_table, show_inspection, show_split
from pages.widgets import address
from pages.widgets.cached import all_datasets
from pages.widgets.dataset_card import show_dataset_cards


def main() -> None:
    """Draws the page."""
    existing = all_datasets()
    is_importing = address.text("import") == "1" or not existing
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Data sets", anchor=False, width="content")
        st.space("stretch")
        if not is_importing:
            st.button("Import a data set", type="primary", icon=":material/add:", on_click=open_import)
    if is_importing:
        show_import(can_close=bool(existing))
    if existing:
        show_dataset_cards(existing)


def show_import(can_close: bool) -> None:
    """The five steps; each appears once the one before is complete."""
    with st.container(border=True, key="import"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header("Import a data set", anchor=False, width="content")
            st.space("stretch")
            if can_close:
                st.button("Close", type="tertiary", icon=":material/close:", on_click=close_import)
        step(1, "Choose", "This is a dry run: nothing is stored until you press Import in step 5.")
        source = choose_source()
        if source is None:
            return
        step(2, "What was found")
        try:
            inspection = show_inspection(source)
        except AppError as error:
            refuse_source(error)
        step(3, "Classes")
        class_map, ignored = show_class_table(inspection), show_ignored(inspection)
        step(4, "Empty images and split")
        options = replace(show_split(inspection), class_map=class_map, ignore=ignored)
        step(5, "Import")
        if dataset := show_decision(source, inspection, options):
            st.switch_page("pages/dataset.py", query_params={"dataset": dataset})


def step(number: int, title: str, help_text: str = "") -> None:
    """The heading of a step."""
    st.subheader(f":blue[{number}] {title}", anchor=False, divider="gray" if number > 1 else False)
    if help_text:
        st.caption(help_text)


def open_import() -> None:
    """Shows the import."""
    address.put({"import": "1"})


def close_import() -> None:
    """Hides the import, and forgets its source."""
    forget_source()
    address.put({"import": None})


main()
