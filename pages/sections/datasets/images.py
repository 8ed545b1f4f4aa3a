"""The tab *Images* of a data set: filters, grid and viewer. The address keeps their state."""

from dataclasses import asdict, dataclass

import streamlit as st

from core.figures.words.numbers import counted
from core.labels.checks.check_table import names_as_listed
from core.labels.checks.check_texts import check_text
from core.services.datasets import (
    SIZES,
    SORTS,
    OpenVersion,
    attribute_names,
    attribute_values,
    attributes_on,
    filter_images,
)
from pages.widgets import address
from pages.widgets.attribute_filter import show_attribute_filter
from pages.widgets.image_grid import image_grid, page_count, page_of
from pages.widgets.image_viewer import image_viewer
from pages.widgets.text import escape
from pages.widgets.version_images import attribute_words, boxes_of, image_address, tiles_of

_SPLITS = {"": "All splits", "train": "train", "val": "val", "test": "test", "none": "in no split"}
_FILTERS = ("class", "split", "finding", "size", "attribute", "value", "q", "sort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of the address; the fields are the arguments of `filter_images`."""

    classes: list[str]
    split: str
    finding: str
    size: str
    attribute: str
    value: str
    text: str
    sort: str


def show_images(opened: OpenVersion) -> None:
    """The filters and the grid, or the viewer if an image is open."""
    filters = _read_filters(opened)
    image_ids = filter_images(opened, **asdict(filters))
    image_id = address.whole("image")
    if image_id is not None and image_id in set(opened.labels.images["image_id"]):
        _show_image(opened, image_ids, image_id)
    else:
        _show_filters(opened, filters)
        _show_grid(opened, image_ids)


def _read_filters(opened: OpenVersion) -> Filters:
    attribute = address.choice("attribute", attribute_names(opened))
    return Filters(
        classes=address.several("class", opened.labels.class_names),
        split=address.choice("split", list(_SPLITS)),
        finding=address.choice("finding", _checks(opened), former=names_as_listed(_checks(opened))),
        size=address.choice("size", SIZES),
        attribute=attribute,
        # Not among the most frequent values only: a link may name any.
        value=address.text("value") if attribute else "",
        text=address.text("q"),
        sort=address.choice("sort", SORTS, SORTS[0]),
    )


def _checks(opened: OpenVersion) -> list[str]:
    return ["", *dict.fromkeys(opened.findings.loc[opened.findings["image"] != "", "check"])]


def _show_filters(opened: OpenVersion, now: Filters) -> None:
    """The widgets with the address's values."""
    bound = address.bound
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filters"):
        st.multiselect(
            "Classes",
            opened.labels.class_names,
            placeholder="All",
            width=200,
            **bound("class", now.classes, list, start="default"),
        )
        splits, checks, sizes = list(_SPLITS), _checks(opened), ["", *SIZES]
        split, finding = bound("split", now.split, among=splits), bound("finding", now.finding, among=checks)
        size, sort = bound("size", now.size, among=sizes), bound("sort", now.sort, among=SORTS)
        st.selectbox("Split", splits, format_func=_SPLITS.__getitem__, width=115, **split)
        st.selectbox("Finding", checks, format_func=_check_words, width=180, **finding)
        st.selectbox("Object size", sizes, format_func=_size_words, width=115, **size)
        values = attribute_values(opened, now.attribute) if now.attribute else []
        show_attribute_filter(attribute_names(opened), now.attribute, values, now.value, width=150)
        st.text_input("File name", placeholder="contains …", width=125, **bound("q", now.text, start="value"))
        st.selectbox("Order", SORTS, format_func=str.capitalize, width=160, **sort)


def _check_words(check: str) -> str:
    return check_text(check).title if check else "Any finding"


def _size_words(size: str) -> str:
    return size or "Any size"


def _show_grid(opened: OpenVersion, image_ids: list[int]) -> None:
    total = len(opened.labels.images)
    if not image_ids:
        st.info("No image passes these filters.", icon=":material/filter_alt_off:")
        st.button("Clear the filters", on_click=clear_filters)
        return
    st.caption(f"{counted(len(image_ids), 'image')} of {total:,}. Click an image to open it.")
    page = min(address.whole("page") or 1, page_count(len(image_ids)))
    event = image_grid(
        tiles_of(opened, list(page_of(image_ids, max(1, page)))),
        key="pictures",
        page=max(1, page),
        total=len(image_ids),
    )
    if event.page is not None:
        address.put({"page": str(event.page)})
        st.rerun()
    if event.opened is not None:
        address.put({"image": str(event.opened)})
        st.rerun()


def _show_image(opened: OpenVersion, image_ids: list[int], image_id: int) -> None:
    row = opened.labels.images.set_index("image_id").loc[image_id]
    position = image_ids.index(image_id) if image_id in image_ids else -1
    previous = image_ids[position - 1] if position > 0 else None
    following = image_ids[position + 1] if 0 <= position < len(image_ids) - 1 else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "All images", icon=":material/grid_view:", on_click=address.put, args=({"image": None},), key="to-grid"
        )
        position_words = f"{position + 1:,} of {len(image_ids):,}" if position >= 0 else "not in the filter"
        split = f" · {row['split']}" if row["split"] else ""
        st.caption(f"{position_words} · {row['width']} × {row['height']} px{split} · {row['use']}", width="content")
    attributes = attributes_on(opened, image_id)
    if of_image := attributes.get(0):
        st.caption(escape(attribute_words(of_image, " · ")))
    event = image_viewer(
        image_address(opened.dataset, opened.version, image_id),
        int(row["width"]),
        int(row["height"]),
        boxes_of(opened, image_id, attributes),
        "classes",
        key="viewer",
        title=str(row["file_name"]),
        has_previous=previous is not None,
        has_next=following is not None,
        preload=[image_address(opened.dataset, opened.version, key) for key in (following, previous) if key],
    )
    if step := {-1: previous, 1: following}.get(event.step):
        address.put({"image": str(step)})
        st.rerun()
    _show_findings(opened, str(row["source"]))


def _show_findings(opened: OpenVersion, source: str) -> None:
    findings = opened.findings[opened.findings["image"] == source]
    if len(findings):
        st.markdown(f"**{counted(len(findings), 'finding')} on this image**")
        st.dataframe(findings[["severity", "message", "file", "line"]], hide_index=True)


def clear_filters() -> None:
    """Removes every filter and the page from the address."""
    address.put(dict.fromkeys((*_FILTERS, "page")))
