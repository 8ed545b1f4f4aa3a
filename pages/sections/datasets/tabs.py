"""The tabs of a data set except *Images*: health, statistics, classes, splits, versions."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures import dataset as charts
from core.figures.words.numbers import ago, count, counted
from core.labels.checks.check_table import names_as_listed
from core.labels.statistics import objects_by_class_and_split
from core.records import Damage
from core.services import datasets
from core.services.datasets import OpenVersion, findings_csv, stored_finding_image
from pages.widgets import address
from pages.widgets.badges import show_readiness
from pages.widgets.cached import current_settings, is_dark
from pages.widgets.damage import show_in_line
from pages.widgets.findings_list import Findings, show_findings
from pages.widgets.text import code, escape

_SPLIT_WORDS = {"train": "training", "val": "validation", "test": "test"}
_CHART_PX = 320
_RED = "background-color: rgba(207, 34, 46, 0.18); color: #CF222E; font-weight: 600"


def show_health(opened: OpenVersion) -> None:
    """Why the version is not ready, what the import left out, and every finding with its image."""
    for reason in opened.reasons:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":orange[:material/error:] {escape(reason.replace('`', ''))}", width="content")
            st.page_link(
                "pages/dataset.py",
                label="Show the splits",
                icon=":material/arrow_forward:",
                query_params={"dataset": opened.dataset, "version": opened.version, "tab": "Splits"},
            )
    left_out = opened.facts["left_out"]
    if any(left_out.values()):
        images, objects = counted(left_out["images"], "image"), counted(left_out["objects"], "object")
        st.caption(f"{images} and {objects} were left out on import because of findings that block.")
    _show_self_test(opened.facts.get("self_test"))
    checks = list(dict.fromkeys(opened.findings["check"]))
    chosen = address.choice("finding", checks, checks[0] if checks else "", former=names_as_listed(checks))
    findings = Findings(
        frame=opened.findings,
        image=lambda row, size: stored_finding_image(opened, opened.findings.loc[row], size),
        scope=f"{opened.facts['content_hash']} {opened.facts['created']}",
        csv=lambda: findings_csv(opened),
    )
    show_findings(findings, "health", address.bound("finding", chosen, among=checks) if checks else None)


def _show_self_test(tested: dict[str, Any] | None) -> None:
    """The score of the objects against themselves. A version from before this test has none."""
    if tested is None:
        return
    if tested["passed"]:
        classes = counted(len(tested["per_class"]), "class", "classes")
        st.caption(
            f":material/verified: Evaluator tested: these objects as detections score AP 100 in {classes}.",
            help="If they scored less, no model could reach AP 100.",
        )
    for note in tested["notes"]:
        st.warning(escape(note), icon=":material/rule:")


def show_statistics(opened: OpenVersion) -> None:
    """Charts of the version's content, two side by side."""
    labels, dark = opened.labels, is_dark()
    if labels.annotations.empty:
        st.info("There are no objects to count.", icon=":material/bar_chart:")
        return
    figures = [
        (charts.objects_per_class(labels, dark), "How many examples each class has for training and evaluation."),
        (charts.objects_per_image(labels, dark), "How crowded the images are. The model keeps 100 boxes per image."),
        (charts.box_sizes(labels, dark), "Objects below about 8 px of the network's input are hard to find."),
        (charts.box_aspects(labels, dark), "Unusual shapes are often label errors."),
        (charts.box_positions(labels, dark=dark), "Where objects lie. The model learns this pattern too."),
        (charts.images_per_split(labels, dark), "Images of each split, background included."),
    ]
    for start in range(0, len(figures), 2):
        # One row at a time, so that two charts stay side by side on any screen.
        columns = st.columns(2, gap="medium")
        for offset, (figure, help_text) in enumerate(figures[start : start + 2]):
            with columns[offset], st.container(border=True):
                key = f"statistics-{start + offset}"
                st.plotly_chart(figure, key=key, height=_CHART_PX, config={"displayModeBar": False}, theme=None)
                st.caption(help_text)


def show_classes(opened: OpenVersion) -> None:
    """The class table: source id, index, name and counts."""
    labels = opened.labels
    objects = labels.annotations.groupby("category_id")
    table = pd.DataFrame(
        {
            "Index": labels.categories["category_id"],
            "Class": labels.categories["name"],
            "Source id": labels.categories["source_id"],
            "Objects": objects.size().reindex(labels.categories["category_id"], fill_value=0).to_numpy(),
            "Images": objects["image_id"].nunique().reindex(labels.categories["category_id"], fill_value=0).to_numpy(),
            "Median area, px²": objects["area"].median().reindex(labels.categories["category_id"]).round().to_numpy(),
        }
    )
    st.dataframe(table, hide_index=True, key="classes")
    mapped = {old: new for old, new in opened.facts["class_map"].items() if old != new}
    if mapped:
        words = [f"{code(old)} → {code(new) if new else 'dropped'}" for old, new in mapped.items()]
        st.caption(f"Changed on import: {', '.join(words)}.")


def show_splits(opened: OpenVersion) -> None:
    """Images per split, and objects per class and split; red where a class is missing."""
    how = opened.facts["split"]
    st.markdown("As in the source." if how == "source" else f"By ratio {code(how)}, stratified over classes, seeded.")
    images = opened.facts["splits"]
    table = objects_by_class_and_split(opened.labels)
    in_use = [split for split in table.columns if images.get(split)]

    def mark(column: pd.Series) -> list[str]:
        return [_RED if value == 0 and column.name in in_use else "" for value in column]

    styled = table.rename_axis("Class").style.apply(mark).format(count)
    st.dataframe(styled, key="splits")
    if in_use and (table[in_use] == 0).to_numpy().any():
        st.caption(":red[Red]: a class without objects in this split. It cannot be trained or evaluated there.")
    with st.container(horizontal=True, gap="medium"):
        for split, words in _SPLIT_WORDS.items():
            st.metric(f"Images in {words}", count(images[split]), width="content")


def show_versions(opened: OpenVersion) -> None:
    """Every version, newest first. Versions never change."""
    versions = datasets.describe_dataset(current_settings(), opened.dataset)["versions"]
    for facts in reversed(versions):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.page_link(
                "pages/dataset.py",
                label=f"**{facts['version']}**" + (" (shown)" if facts["version"] == opened.version else ""),
                query_params={"dataset": opened.dataset, "version": facts["version"]},
            )
            if damage := _damage_in(facts):
                show_in_line(damage)
                continue
            imported = facts["imported"]
            difference = f", {facts['parent']} with {facts['difference']['words']}" if facts.get("parent") else ""
            st.markdown(
                f"{counted(imported['images'], 'image')}, {counted(imported['annotations'], 'object')}, "
                f"split {escape(facts['split'])}, {ago(facts['created'])}{escape(difference)}",
                width="content",
            )
            show_readiness(facts["ready"], facts["reasons"])
            st.space("stretch")
            st.caption(code(facts["content_hash"][:12]), width="content")


def _damage_in(facts: dict[str, Any]) -> Damage | None:
    """The damage of a version, from the facts of `describe_dataset`."""
    return Damage(**facts["damaged"]) if facts["damaged"] else None
