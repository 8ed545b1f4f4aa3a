"""The overview: active runs, latest results and data sets; in an empty workspace, the first steps."""

import streamlit as st

from core.services import evaluation, runs
from pages.sections.runs.overview import show_damaged, show_results, show_running
from pages.widgets.cached import all_datasets, current_settings
from pages.widgets.dataset_card import show_dataset_cards
from pages.widgets.demo_data import add_demo_dataset

CARDS = 6


def main() -> None:
    """Draws the page."""
    datasets = all_datasets()
    every_run = runs.list_runs(current_settings())
    evaluations = evaluation.list_evaluations(current_settings())
    if not (datasets and every_run and evaluations):
        show_first_steps(bool(datasets), bool(every_run), bool(evaluations))
    show_damaged(every_run, evaluations)
    if every_run:
        show_running([every_run])
    if evaluations:
        show_results(evaluations)
    if datasets:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header("Data sets", anchor=False, width="content")
            st.space("stretch")
            st.page_link(
                "pages/datasets.py", label="Import a data set", icon=":material/add:", query_params={"import": "1"}
            )
        show_dataset_cards(datasets[:CARDS])
        if len(datasets) > CARDS:
            st.page_link("pages/datasets.py", label=f"All {len(datasets)} data sets", icon=":material/arrow_forward:")


def show_first_steps(has_data: bool, has_runs: bool, has_results: bool) -> None:
    """Three cards: get data, train, evaluate. A completed step is ticked."""
    st.title("From labels to a model you can trust", anchor=False)
    columns = st.columns(3, gap="medium")
    with columns[0], st.container(border=True, height="stretch"):
        step(1, "Get data", has_data, "Import your own labels, or make 200 small aerial images to try everything with.")
        if not has_data and st.button("Make the demo data set", type="primary", icon=":material/auto_awesome:"):
            dataset = add_demo_dataset()
            st.switch_page("pages/dataset.py", query_params={"dataset": dataset})
        st.page_link(
            "pages/datasets.py", label="Import a data set", icon=":material/add:", query_params={"import": "1"}
        )
    with columns[1], st.container(border=True, height="stretch"):
        step(
            2,
            "Train",
            has_runs,
            "Start with sound defaults. Training runs in the background: you can close this page.",
        )
        if st.button("Train a model", disabled=not has_data, icon=":material/model_training:"):
            st.switch_page("pages/train.py")
    with columns[2], st.container(border=True, height="stretch"):
        step(3, "Evaluate", has_results, "Scores on held-out images, and every mistake as an image.")
        if st.button("Evaluate a model", disabled=not has_runs, icon=":material/fact_check:"):
            st.switch_page("pages/evaluate.py")


def step(number: int, title: str, is_done: bool, words: str) -> None:
    """The heading of a step, with a line of text."""
    mark = ":green[:material/check_circle:]" if is_done else f":blue[{number}]"
    st.subheader(f"{mark} {title}", anchor=False)
    st.caption(words)


main()
