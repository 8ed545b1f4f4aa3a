"""One data set version: whether it is ready to train on, and what it holds. The address carries all state."""

import streamlit as st

from core.errors import DamagedFileError
from core.figures.words.numbers import ago, count, data_size
from core.services import datasets
from core.services.datasets import OpenVersion
from pages.sections.datasets import images as dataset_images
from pages.sections.datasets import tabs as dataset_tabs
from pages.widgets import address, cached
from pages.widgets.badges import show_readiness
from pages.widgets.damage import show_instead, show_name_damage
from pages.widgets.text import code, escape

TABS = ("Health", "Images", "Statistics", "Classes", "Splits", "Versions")
# In links of earlier versions.
FORMER_TABS = {"Pictures": "Images"}


def main() -> None:
    """Draws the page."""
    reference = address.text("dataset")
    if not reference:
        st.info("No data set is chosen.", icon=":material/photo_library:")
        st.page_link("pages/datasets.py", label="Choose a data set", icon=":material/arrow_back:")
        return
    try:
        opened = cached.open_version(reference, address.text("version"))
    except DamagedFileError as error:
        show_instead(cached.current_settings(), "dataset", reference, error)
        show_other_versions(reference)
        return
    show_header(opened)
    show_name_damage(cached.current_settings(), "dataset", opened.dataset)
    tabs = st.tabs(TABS, **address.bound("tab", address.choice("tab", TABS, TABS[0], FORMER_TABS)))
    for name, tab in zip(TABS, tabs, strict=True):
        if tab.open:
            with tab:
                SHOW[name](opened)


def show_other_versions(reference: str) -> None:
    """Links to every version, for a version that cannot be opened."""
    versions = datasets.describe_dataset(cached.current_settings(), reference)["versions"]
    with st.container(horizontal=True, gap="small"):
        for facts in versions if len(versions) > 1 else ():
            query = {"dataset": reference, "version": facts["version"]}
            st.page_link("pages/dataset.py", label=f"Version {facts['version']}", query_params=query)


def show_header(opened: OpenVersion) -> None:
    """Name, readiness and counts."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(f"{escape(opened.name)} :gray[{opened.version}]", anchor=False, width="content")
        show_readiness(opened.ready, opened.reasons)
        st.space("stretch")
        st.page_link(
            "pages/agreement.py", label="Compare labels", icon=":material/compare:",
            query_params={"first": opened.dataset, "first_version": opened.version},
        )  # fmt: skip
        st.page_link(
            "pages/train.py", label="Train", icon=":material/model_training:", query_params={"dataset": opened.dataset}
        )
    facts = opened.facts
    images, splits = facts["imported"]["images"], facts["splits"]
    figures = {
        "Images": count(images),
        "Objects": count(facts["imported"]["annotations"]),
        "Classes": count(len(facts["classes"])),
        "Train / val / test": " / ".join(count(splits[name]) for name in ("train", "val", "test")),
        "Background": count(facts["uses"]["background"]),
        "Size": data_size(facts["bytes"]),
    }
    with st.container(horizontal=True, gap="medium", key="figures"):
        for label, value in figures.items():
            st.metric(label, value, width="content")
    st.caption(
        f"Imported {ago(facts['created'])} from {code(facts['source']['name'])}, format {code(facts['format'])}."
    )


SHOW = {
    "Health": dataset_tabs.show_health,
    "Images": dataset_images.show_images,
    "Statistics": dataset_tabs.show_statistics,
    "Classes": dataset_tabs.show_classes,
    "Splits": dataset_tabs.show_splits,
    "Versions": dataset_tabs.show_versions,
}
main()
