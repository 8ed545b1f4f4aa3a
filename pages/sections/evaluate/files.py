"""The form that evaluates another detector: COCO ground truth and detections, as files on the server."""

from typing import Final

import streamlit as st

from core.errors import AppError
from core.server_paths import find_on_server
from core.services import evaluation
from core.settings import Settings
from pages.widgets.actor import actor_of
from pages.widgets.notices import show_error

_DETECTIONS: Final = (
    "A COCO result file, or a CSV (.csv, .tsv, .txt) whose first line names its columns, in any order: `image` (file "
    "name or id), `class` (name or id), `score` (0 to 1), and the box in px as `x1, y1, x2, y2` or `x, y, width, "
    "height`. Columns are separated by commas, semicolons or tabs. COCO files may also have masks (`segmentation`)."
)


def show_files_form(settings: Settings) -> None:
    """Two files and the folder of their images. After a mistake the fields keep their text."""
    card = st.expander("Evaluate the files of another detector", icon=":material/upload_file:", key="evaluation-files")
    with card, st.form("evaluation-files-form", border=False):
        truth = st.text_input("Ground truth (COCO JSON on the server)", placeholder="/data/instances_val.json")
        detections = st.text_input(
            "Detections (COCO results or CSV on the server)", placeholder="/data/results.json", help=_DETECTIONS
        )
        images = st.text_input("Folder of the images (optional)", placeholder="/data/val")
        if not st.form_submit_button("Evaluate files", width="stretch"):
            return
        try:
            key = _evaluate(settings, truth.strip(), detections.strip(), images.strip())
        except AppError as error:
            show_error(error)
            return
    st.query_params.from_dict({"evaluation": key})
    st.rerun()


def _evaluate(settings: Settings, truth: str, detections: str, images: str) -> str:
    if not truth or not detections:
        raise AppError("The path of the ground truth or of the detections is empty.", "Give both paths.")
    files = find_on_server(settings, truth), find_on_server(settings, detections)
    return evaluation.evaluate_files(
        settings, *files, find_on_server(settings, images) if images else None, actor=actor_of(settings)
    )
