"""Two people's labels of the same images: the choice of both, their agreement, and the places where they differ."""

from typing import Any, Final

import pandas as pd
import streamlit as st

from core.evaluation.agreement import LOOSE_IOU, ClassAgreement, Kind
from core.figures.words.numbers import NONE, count, counted, percent
from core.services import datasets
from core.services.agreement import Compared, differences_csv
from core.services.datasets import OpenVersion
from pages.widgets import address
from pages.widgets.cached import all_datasets
from pages.widgets.image_grid import Tile, image_grid, page_count, page_of
from pages.widgets.image_viewer import ViewerEvent, image_viewer
from pages.widgets.text import escape
from pages.widgets.version_images import boxes_by_image, boxes_of, image_address

_SIDES: Final = ("first", "second")
_PAGE_SIZE: Final = 12
_KINDS: Final = {
    Kind.ONLY_FIRST: "Only first",
    Kind.ONLY_SECOND: "Only second",
    Kind.CLASS: "Class",
    Kind.PLACE: "Place",
}
_HELP: Final = (
    "Precision times recall of one person's boxes against the other's, at COCO's ten IoU; the same from either side. "
    "A model is measured against such labels, so it can hardly reach more: what two careful people do not agree on, no "
    "model can get right."
)
# So that all columns fit into half a window of 1280 px.
_COUNTS_PX: Final = {"First": 50, "Second": 60, "Both": 50}
_SHARES_PX: Final = {"Agreed": 64, "Overlap": 66, "AP": 46}
_IOUS: Final = ("0.3", "0.5", "0.75", "0.9")


def choose_sides() -> tuple[str, str, str, str, float] | None:
    """The two data sets, their versions and the IoU; None, with a word on what to do, until there are two."""
    by_id = {dataset.id: dataset for dataset in all_datasets() if not dataset.damaged}
    if not by_id:
        st.info("There is no data set yet.", icon=":material/photo_library:")
        st.page_link("pages/datasets.py", label="Import the labels of two people", icon=":material/upload:")
        return None
    chosen: dict[str, tuple[str, str]] = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="agreement-sides"):
        for side in _SIDES:
            usual = next(iter(by_id)) if side == "first" else address.text("first")
            dataset = address.choice(side, list(by_id), usual if usual in by_id else next(iter(by_id)))
            st.selectbox(
                f"{side.capitalize()} labels", list(by_id), format_func=lambda key: escape(by_id[key].name), width=220,
                **address.bound(side, dataset, among=list(by_id)),
            )  # fmt: skip
            versions = list(reversed(by_id[dataset].versions))
            name = f"{side}_version"
            version = address.choice(name, versions, versions[0])
            st.selectbox("Version", versions, width=110, **address.bound(name, version, among=versions))
            chosen[side] = dataset, version
        iou = address.choice("iou", _IOUS, "0.5")
        st.selectbox("IoU of one object", _IOUS, width=130, **address.bound("iou", iou, among=_IOUS))
    (first, first_version), (second, second_version) = chosen["first"], chosen["second"]
    if (first, first_version) == (second, second_version):
        st.info("Choose another data set, or another version, beside it.", icon=":material/compare:")
        return None
    return first, second, first_version, second_version, float(iou)


def show_agreement(compared: Compared) -> None:
    """The figures, the classes, and the images where the two differ."""
    together = compared.agreement.together
    st.markdown(
        f"#### The AP between two people is the ceiling of this data set: **{percent(together.ap)}**", help=_HELP
    )
    _show_tiles(compared)
    left, right = st.columns(2, gap="large")
    with left:
        _show_classes(compared)
        st.download_button(
            "Where they differ, as CSV", differences_csv(compared), "differences.csv", "text/csv",
            icon=":material/download:", key="agreement-csv",
        )  # fmt: skip
    with right:
        _show_grid(compared)


def _show_tiles(compared: Compared) -> None:
    together = compared.agreement.together
    figures = {
        "Objects, first": count(together.first),
        "Objects, second": count(together.second),
        "Both": count(together.both),
        "Agreement": percent(together.agreement),
        "Mean overlap": percent(together.iou),
        "Images": count(len(compared.images)),
    }
    with st.container(horizontal=True, gap="medium", key="agreement-figures"):
        for label, value in figures.items():
            st.metric(label, value, width="content")
    left_out = [
        (compared.first_only, f"only in {compared.first.name} {compared.first.version}"),
        (compared.second_only, f"only in {compared.second.name} {compared.second.version}"),
        (compared.not_labelled, "not labelled by both"),
    ]
    words = ", ".join(f"{counted(number, 'image')} {where}" for number, where in left_out if number)
    for note in [*([f"Left out: {words}."] if words else []), *compared.notes]:
        st.caption(f":material/info: {escape(note)}")


def _show_classes(compared: Compared) -> None:
    rows = [_class_row(row) for row in compared.agreement.per_class]
    number = st.column_config.NumberColumn
    columns = {name: number(format="%.1f", width=width) for name, width in _SHARES_PX.items()}
    columns |= {name: number(format="localized", width=width) for name, width in _COUNTS_PX.items()}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=columns, placeholder=NONE, key="agreement-classes")
    st.caption("Objects of each, pairs of the same object and class, and their share of all boxes. In per cent.")
    names = compared.names
    mixed = list(compared.agreement.mixed.items())[:5]
    for (first, second), number_of in mixed:
        where = counted(number_of, "place")
        st.markdown(f":material/swap_horiz: **{escape(names[first])}** or **{escape(names[second])}**: {where}")


def _class_row(row: ClassAgreement) -> dict[str, Any]:
    return {
        "Class": row.name,
        "First": row.first,
        "Second": row.second,
        "Both": row.both,
        "Agreed": _in_percent(row.agreement),
        "Overlap": _in_percent(row.iou),
        "AP": _in_percent(row.ap),
    }


def _in_percent(share: float | None) -> float:
    return float("nan") if share is None else share * 100


def _show_grid(compared: Compared) -> None:
    _show_filter(compared)
    chosen, order = _chosen(compared)
    if not order:
        st.info("They do not differ here.", icon=":material/check_circle:")
        return
    st.markdown(f"**{counted(len(chosen), 'place')} on {counted(len(order), 'image')}**")
    page = max(1, min(address.whole("page") or 1, page_count(len(order), _PAGE_SIZE)))
    event = image_grid(
        _tiles(compared, chosen, list(page_of(order, page, _PAGE_SIZE))),
        key="agreement-grid",
        page=page,
        total=len(order),
        page_size=_PAGE_SIZE,
        tile_px=170,
    )
    if event.page is not None:
        address.put({"page": str(event.page)})
        st.rerun()
    if event.opened is not None:
        address.put({"image": str(event.opened)})
        st.rerun()


def _show_filter(compared: Compared) -> None:
    counts = compared.agreement.differences["kind"].value_counts()
    kind, name, names = _kind(), _class_name(compared), ["", *compared.names]
    st.pills(
        "Where they differ",
        [str(kind) for kind in Kind],
        format_func=lambda key: f"{_KINDS[Kind(key)]} · {counts.get(key, 0):,}",
        help=f"Class: one place, two classes. Place: boxes of one object that overlap by less than {LOOSE_IOU:.0%}.",
        **address.bound("kind", kind or None, start="default"),
    )
    st.selectbox(
        "Class",
        names,
        format_func=lambda key: escape(key) or "All",
        width=200,
        **address.bound("class", name, among=names),
    )


def _kind() -> str:
    return address.choice("kind", [str(kind) for kind in Kind])


def _class_name(compared: Compared) -> str:
    return address.choice("class", ["", *compared.names])


def _chosen(compared: Compared) -> tuple[pd.DataFrame, list[int]]:
    """The differences that the address chooses, and their images, those with the most first."""
    frame = compared.agreement.differences
    if kind := _kind():
        frame = frame[frame["kind"] == kind]
    if name := _class_name(compared):
        key = compared.names.index(name)
        frame = frame[(frame["first_class"] == key) | (frame["second_class"] == key)]
    return frame, frame.groupby("image_id").size().sort_values(ascending=False, kind="stable").index.tolist()


def _tiles(compared: Compared, chosen: pd.DataFrame, image_ids: list[int]) -> list[Tile]:
    """Tiles with the differing boxes of both."""
    images = compared.images.set_index("image_id")
    first = compared.first
    second_ids = [int(images.at[key, "second_image_id"]) for key in image_ids]
    of_first, of_second = boxes_by_image(first, image_ids), boxes_by_image(compared.second, second_ids)
    tiles = []
    for key, second_key in zip(image_ids, second_ids, strict=True):
        rows = chosen[chosen["image_id"] == key]
        boxes = [
            *(box for box in of_first[key] if box["id"] in set(rows["first_id"])),
            *(_as_joint(compared, box) for box in of_second[second_key] if box["id"] in set(rows["second_id"])),
        ]
        tiles.append(
            Tile(
                id=key,
                url=image_address(first.dataset, first.version, key, thumbnail=True),
                width=int(images.at[key, "width"]),
                height=int(images.at[key, "height"]),
                boxes=boxes,
                caption=str(images.at[key, "file_name"]),
                note=counted(len(rows), "place"),
            )
        )
    return tiles


def _as_joint(compared: Compared, box: dict[str, Any]) -> dict[str, Any]:
    """A box of the second with the class's place among the joint classes, so that a class has one colour."""
    if box.get("kind") == "region":
        return box
    folded = str(box["name"]).strip().casefold()
    key = next(place for place, name in enumerate(compared.names) if name.strip().casefold() == folded)
    return {**box, "category_id": key}


def show_image(compared: Compared, image: int) -> None:
    """One image with the labels of each, side by side; boxes that differ stand out."""
    rows = compared.agreement.differences[compared.agreement.differences["image_id"] == image]
    _, order = _chosen(compared)
    position = order.index(image) if image in order else -1
    row = compared.images.set_index("image_id").loc[image]
    st.button("All images", icon=":material/grid_view:", on_click=address.put, args=({"image": None},), key="to-grid")
    where = f" · {position + 1} of {len(order)}" if position >= 0 else ""
    st.markdown(f"**{escape(str(row['file_name']))}**{where} · {counted(len(rows), 'place')} where they differ")
    pairs = ((compared.first, image, "first_id"), (compared.second, int(row["second_image_id"]), "second_id"))
    events: list[ViewerEvent] = []
    for column, (side, key, ids) in zip(st.columns(2, gap="small"), pairs, strict=True):
        with column:
            events.append(
                image_viewer(
                    image_address(side.dataset, side.version, key),
                    int(row["width"]),
                    int(row["height"]),
                    _marked(compared, side, key, set(rows[ids])),
                    "classes",
                    key=f"agreement-{ids}",
                    title=f"{side.name} {side.version}",
                    has_previous=position > 0,
                    has_next=0 <= position < len(order) - 1,
                    max_height=640,
                )
            )
    step = next((event.step for event in events if event.step), 0)
    if step and position >= 0 and 0 <= position + step < len(order):
        address.put({"image": str(order[position + step])})
        st.rerun()


def _marked(compared: Compared, side: OpenVersion, image: int, differing: set[int]) -> list[dict[str, Any]]:
    boxes = boxes_of(side, image, datasets.attributes_on(side, image))
    return [_as_joint(compared, box) | {"chosen": box["id"] in differing} for box in boxes]
