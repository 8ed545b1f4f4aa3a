"""Steps 2 to 4 of an import: inspection, classes, empty images and split."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from core.figures.words.numbers import count, counted
from core.services.datasets import ImportOptions, Inspection, finding_image, findings_table_csv, format_ids
from pages.sections.datasets import inspections
from pages.sections.datasets.import_accounts import show_accounts
from pages.sections.datasets.import_classes import show_class_lists
from pages.sections.datasets.import_encodings import show_encodings
from pages.sections.datasets.import_options import reading_options, typed_name
from pages.sections.datasets.import_range import show_range
from pages.sections.datasets.import_reading import show_groups
from pages.sections.datasets.import_thresholds import show_thresholds
from pages.widgets.findings_list import Findings, show_findings
from pages.widgets.text import code

_FORMATS: Final = {
    "auto": "Detected",
    "text": "Text: class x1 y1 x2 y2",
    "rows": "Text",
    "yolo": "YOLO",
    "kitti": "KITTI",
    "coco": "COCO JSON",
    "voc": "Pascal VOC XML",
    "cvat": "CVAT XML",
    "labelme": "LabelMe JSON",
    "via": "VIA",
    "vott": "VoTT JSON",
    "csv": "CSV",
    "openimages": "Open Images CSV",
    "labelstudio": "Label Studio JSON",
    "detectron2": "Detectron2 records",
    "datumaro": "Datumaro JSON",
}
_COORDINATES: Final = {
    "auto": "Detected",
    "absolute": "Corners in px",
    "normalised": "Centre and size, 0 to 1",
    "absolute-centre": "Centre and size in px",
    "normalised-corners": "Corners, 0 to 1",
    "corner-size-px": "First corner and size in px",
    "corner-size-share": "First corner and size, 0 to 1",
}
_RATIO: Final = "70/15/15"
_GROUPS: Final = {
    "none": "Each image alone",
    "folder": "Images of one folder stay together",
    "stem": "Images with one name before the number stay together",
    "duplicates": "Near-duplicates stay together",
}
_NO_LABEL: Final = {
    "unlabelled": "Not labelled yet. Left out of training and evaluation.",
    "background": "Background: it shows no object. Kept for training.",
}


def show_inspection(source: Path) -> Inspection:
    """Step 2: what was found, how it was read, and the findings. Raises AppError if the source cannot be read."""
    inspection = inspections.inspect(source, reading_options())
    reading = inspection.examination.reading
    with st.container(horizontal=True, gap="medium"):
        st.metric("Format", _format_words(reading.format), width="content")
        st.metric("Images without labels", count(len(reading.unmatched_images)), width="content")
        st.metric("Labels without an image", count(len(reading.unmatched_labels)), width="content")
    show_accounts(inspection)
    st.markdown("#### How it was read")
    show_groups(inspection, _FORMATS)
    show_encodings(inspection)
    show_class_lists(inspection)
    show_range(inspection, typed_name())
    with st.expander("Read it differently"):
        _show_reading_widgets(inspection)
    st.markdown("#### Findings")
    inspections.show_image_pass(source, reading_options())
    show_thresholds()
    _show_findings(inspection)
    return inspection


def _format_words(formats: str) -> str:
    """The formats of a source in words: `voc and csv` is `Pascal VOC XML and CSV`."""
    return " and ".join(_FORMATS.get(name, name) for name in formats.split(" and "))


def _show_reading_widgets(inspection: Inspection) -> None:
    formats = ["auto", *format_ids()]
    left, right = st.columns(2)
    left.selectbox("Format", formats, format_func=lambda name: _FORMATS.get(name, name), key="import-format")
    right.selectbox("Coordinates", list(_COORDINATES), format_func=_COORDINATES.__getitem__, key="import-coordinates")
    left.text_input("Class names, by number", placeholder="cat, dog, bird", key="import-names")
    # Set here and not by `default`: a button of the class names sets it, too.
    st.session_state.setdefault("import-first-id", 0)
    right.segmented_control(
        "Number of the first class",
        [0, 1],
        key="import-first-id",
        required=True,
        help="The number in the labels that means the first name of the list.",
    )
    annotators = inspection.examination.reading.annotators
    if annotators:
        st.selectbox(
            "Annotator",
            ["", *annotators],
            format_func=lambda name: _annotator(name, annotators[name]),
            key="import-annotator",
            help="Whose labels count where several people labelled an image.",
        )


def _annotator(name: str, images: int) -> str:
    return f"{name} ({counted(images, 'image')})" if name else "Whoever labelled the most images"


def _show_findings(inspection: Inspection) -> None:
    frame = inspection.examination.report.to_frame()
    read = f"{inspection.examination.has_pixels} {inspection.bit_range}"
    scope = f"{inspection.tree} {read} {json.dumps(reading_options().to_json())}"
    findings = Findings(
        frame=frame,
        image=lambda row, size: finding_image(inspection, inspection.findings[row], size),
        scope=scope,
        csv=lambda: findings_table_csv(frame),
    )
    show_findings(findings, "import")


def show_class_table(inspection: Inspection) -> dict[str, str]:
    """Step 3. Returns the class map of the import: class name -> new name, "" for a dropped class."""
    reading = inspection.examination.reading
    categories = reading.label_set.categories.drop_duplicates("name")
    if categories.empty:
        st.info("The source has no classes.", icon=":material/label_off:")
        return {}
    if categories["name"].str.fullmatch(r"\d+").any():
        st.warning(
            "The classes have numbers but no names. Name them in the table, or above under *Read it differently*.",
            icon=":material/label:",
        )
    table = pd.DataFrame(
        {
            "Keep": True,
            "Source id": categories["source_id"].to_numpy(),
            "Class in the source": categories["name"].to_numpy(),
            "Objects": [reading.written_per_class[name] for name in categories["name"]],
            "Name in the data set": categories["name"].to_numpy(),
        }
    )
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=["Source id", "Class in the source", "Objects"],
        key=f"import-classes-{inspection.tree.parent.name}-{len(categories)}",
    )
    new_names = edited["Name in the data set"].fillna("").astype(str).str.strip().where(edited["Keep"], "")
    old_names = table["Class in the source"].tolist()
    st.caption(_class_words(old_names, new_names.tolist()))
    return {old: new for old, new in zip(old_names, new_names, strict=True) if old != new}


def _class_words(old_names: list[str], new_names: list[str]) -> str:
    """The effect of the edits on the classes, in words."""
    kept = list(dict.fromkeys(name for name in new_names if name))
    words = [f"{counted(len(old_names), 'class', 'classes')} of the source become {len(kept)}."]
    for name in kept:
        merged = [old for old, new in zip(old_names, new_names, strict=True) if new == name]
        if len(merged) > 1:
            words.append(f"{' and '.join(code(old) for old in merged)} are merged into {code(name)}.")
    if dropped := [old for old, new in zip(old_names, new_names, strict=True) if not new]:
        words.append(f"{', '.join(code(old) for old in dropped)}: dropped with all objects.")
    if len(words) == 1:
        words.append("Edit a name to rename a class, give two the same name to merge them, untick one to drop it.")
    return " ".join(words)


def show_split(inspection: Inspection) -> ImportOptions:
    """Step 4: the meaning of images without a label, and the split. Returns the import options so far."""
    reading = inspection.examination.reading
    uses = reading.label_set.images["use"].value_counts()
    empty, without = int(uses.get("background", 0)), int(uses.get("unlabelled", 0))
    options = reading_options()
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{counted(without, 'image')} without a label**")
        if without:
            meaning = st.radio(
                "Images without a label",
                list(_NO_LABEL),
                format_func=_NO_LABEL.__getitem__,
                key="import-no-label",
                label_visibility="collapsed",
            )
            options = replace(options, no_label=str(meaning))
        else:
            st.caption("Every image has a label file or an entry.")
        if empty:
            st.caption(f"{counted(empty, 'image has', 'images have')} an empty label: background, kept for training.")
    with right:
        st.markdown("**Training, validation, test**")
        by_source = reading.has_splits and st.radio(
            "Split",
            [True, False],
            format_func=lambda by_source: "As in the source" if by_source else "By ratio",
            key="import-by-source",
            horizontal=True,
            label_visibility="collapsed",
        )
        if by_source:
            return replace(options, split="source")
        ratio, seed = st.columns(2)
        shares = ratio.text_input("Ratio in %", value=_RATIO, key="import-ratio", help="train/val/test, or train/val")
        drawn = seed.number_input("Seed", min_value=0, value=0, step=1, key="import-seed")
        group = st.selectbox("Groups", list(_GROUPS), format_func=_GROUPS.__getitem__, key="import-group")
        return replace(options, split=shares.strip(), seed=int(drawn), group=str(group))
