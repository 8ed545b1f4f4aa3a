"""The frame of every page: breadcrumbs and the state of the machine above it, the version below it."""

import time
from dataclasses import dataclass, field
from typing import Final, Literal

import streamlit as st

from core.errors import AppError
from core.services import runs
from core.services.runs import ClusterState
from core.version import app_version
from core.workspace.index import set_aside, set_aside_at
from pages.sections.frame.run_endings import tell_endings
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.names import dataset_name, evaluation_name, run_name
from pages.widgets.text import code, escape

# Page -> the list page above it. The page's address names the item.
_PARENTS = {
    "dataset": ("Data sets", "pages/datasets.py"),
    "agreement": ("Data sets", "pages/datasets.py"),
    "run": ("Runs", "pages/runs.py"),
    "weights": ("Train", "pages/train.py"),
    "learning_curve": ("Runs", "pages/runs.py"),
    "sweep": ("Runs", "pages/runs.py"),
}
# Pages about a run that are no page of the run itself: their title comes last.
_OF_A_RUN: Final = ("learning_curve", "sweep")
# Pages below a list page that are about no item of it.
_BY_THEMSELVES: Final = ("weights", "agreement")
_TOLD_S: Final = 86_400
_SPLITS = {"train": "training", "val": "validation", "test": "test"}
# Streamlit has no setting for the space beside the content, nor for how a page link looks inside text.
_STYLE = """<style>
.stMainBlockContainer { padding-left: clamp(1rem, 2.5vw, 2.5rem); padding-right: clamp(1rem, 2.5vw, 2.5rem); }
/* A link's text lines up with other text; its hover background extends beyond it. */
.stMainBlockContainer [data-testid="stPageLink"] a { position: relative; left: -0.5rem; }
.stMainBlockContainer .st-key-frame-where [data-testid="stPageLink"] a {
  left: -0.3rem; padding: 0.1rem 0.3rem; white-space: nowrap;
}
/* Keeps a label of two lines apart from the next one, and its button beside its first line. */
[data-testid="stRadio"] label { padding: 0.15rem 0; }
[data-testid="stRadio"] label > div { align-items: flex-start; }
[data-testid="stRadio"] label > div > div:first-child { margin-top: 0.15rem; }
.st-key-frame { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding-bottom: 0.35rem; }
</style>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of the breadcrumbs; a step without a page is no link."""

    label: str
    page: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def show(path: str, title: str) -> None:
    """Draws the line for the page at this path of the address (`""` for the overview)."""
    st.html(_STYLE)
    _tell_set_aside()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="frame"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="frame-where"):
            *way, current = _crumbs(path, title)
            for crumb in way:
                _draw(crumb)
            st.markdown(f"**{escape(current.label)}**", width="content")
        with st.container(width="content", key="frame-machine"):
            _machine()


def _tell_set_aside() -> None:
    """Says for a day that an unusable registry was rebuilt, and where the old one is."""
    for path in set_aside(current_settings().workspace)[:1]:
        if time.time() - set_aside_at(path) < _TOLD_S:
            words = "The registry could not be used. It was rebuilt from the folders."
            old = f"The old one is {code(path.name)} in the workspace; delete it if nobody needs it."
            st.warning(f"{words} {old}", icon=":material/database:")


def show_footer() -> None:
    """Draws the line below every page: the version of Detdesk."""
    st.caption(f"Detdesk {escape(app_version())}", text_alignment="right")


def _draw(crumb: Crumb) -> None:
    if crumb.page:
        st.page_link(crumb.page, label=escape(crumb.label), query_params=crumb.parameters)
    else:
        st.markdown(escape(crumb.label), width="content")
    st.markdown(":gray[:material/chevron_right:]", width="content")


def _crumbs(path: str, title: str) -> list[Crumb]:
    crumbs = [Crumb(label=_PARENTS[path][0], page=_PARENTS[path][1])] if path in _PARENTS else [Crumb(label=title)]
    if dataset := address.text("dataset"):
        crumbs.append(Crumb(label=dataset_name(dataset), page="pages/dataset.py", parameters={"dataset": dataset}))
        if version := address.text("version"):
            crumbs.append(
                Crumb(label=version, page="pages/dataset.py", parameters={"dataset": dataset, "version": version})
            )
    if path in _BY_THEMSELVES:
        crumbs.append(Crumb(label=title))
    if run := address.text("run"):
        crumbs.append(Crumb(label=run_name(run), page="pages/run.py", parameters={"run": run}))
    if evaluation := address.text("evaluation"):
        crumbs.append(
            Crumb(label=evaluation_name(evaluation), page="pages/evaluate.py", parameters={"evaluation": evaluation})
        )
    if path in _OF_A_RUN:
        crumbs.append(Crumb(label=title))
    if split := address.choice("split", tuple(_SPLITS)):
        crumbs.append(Crumb(label=_SPLITS[split]))
    return crumbs


@st.fragment(run_every="5s")
def _machine() -> None:
    """The chips on the right: each device with what runs on it, and how many runs wait."""
    try:
        devices = runs.devices(current_settings())
    except AppError:
        # The page below shows the error; the chip would only repeat it.
        return
    tell_endings(current_settings(), devices)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if devices.cluster:
            _cluster(devices.cluster)
            return
        for slot in devices.slots:
            icon = ":material/memory:" if slot.is_gpu else ":material/developer_board:"
            doing = escape(slot.run_name or "evaluating") if slot.busy else "idle"
            colour: Literal["blue", "gray"] = "blue" if slot.busy else "gray"
            st.badge(f"{escape(slot.title)} · {doing}", icon=icon, color=colour, help=escape(devices.problem) or None)
        if devices.waiting:
            st.badge(f"{len(devices.waiting)} waiting", icon=":material/hourglass_top:", color="gray")


def _cluster(cluster: ClusterState) -> None:
    """The cluster that takes the runs instead of this machine, and how many it has."""
    doing = "cannot be reached" if cluster.problem else f"{cluster.running} running" if cluster.running else "idle"
    colour: Literal["orange", "blue", "gray"] = "orange" if cluster.problem else "blue" if cluster.running else "gray"
    st.badge(f"{escape(cluster.title)} · {doing}", icon=":material/dns:", color=colour, help=escape(cluster.problem))
    if cluster.waiting and not cluster.problem:
        st.badge(f"{cluster.waiting} waiting", icon=":material/hourglass_top:", color="gray")
