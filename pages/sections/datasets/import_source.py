"""Step 1 of an import: which archive, files or folder.

The session keeps only the chosen path; `inspections` keeps what was read from it.
"""

from pathlib import Path
from typing import NoReturn

import streamlit as st

from core.errors import AppError
from core.server_paths import find_on_server, has_limits
from core.services.datasets import discard_upload
from core.workspace.layout import Layout
from pages.sections.datasets import inspections
from pages.sections.datasets.import_options import forget_choices
from pages.widgets.cached import current_settings
from pages.widgets.notices import show_error
from pages.widgets.text import code
from pages.widgets.uploader import archive_uploader, files_uploader

_SOURCE = "import-source"
_REFUSED = "import-refused"
_ROUND = "import-round"  # counts the choices: a new one starts with empty widgets
_WAYS = {"archive": "An archive", "files": "Loose files", "folder": "A folder on the server"}
_FILE_TYPES = ["jpg", "jpeg", "png", "bmp", "gif", "webp", "tif", "tiff", "txt", "xml", "json", "yaml", "yml", "csv"]


def choose_source() -> Path | None:
    """Draws the choice, or the chosen source. Returns its path, or None while nothing is chosen."""
    if chosen := st.session_state.get(_SOURCE):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: {code(Path(chosen).name)}", width="content")
            st.button("Choose another source", on_click=forget_source, type="tertiary", key="import-again")
        return Path(chosen)
    # Not offered if pages may read no folder.
    ways = [way for way in _WAYS if way != "folder" or current_settings().folders or not has_limits(current_settings())]
    way = st.segmented_control(
        "What to import",
        ways,
        default="archive",
        format_func=_WAYS.__getitem__,
        required=True,
        key="import-way",
        label_visibility="collapsed",
    )
    source = {"archive": _archive, "files": _files, "folder": _folder}[str(way)]()
    if refused := st.session_state.get(_REFUSED):
        show_error(AppError(*refused))
    if source is not None:
        st.session_state.pop(_REFUSED, None)
        st.session_state[_SOURCE] = str(source)
        st.rerun()
    return None


def refuse_source(error: AppError) -> NoReturn:
    """Forgets the choice, deletes it if it was uploaded, and shows the error in the next run."""
    forget_source()
    st.session_state[_REFUSED] = (error.message, error.remedy)
    st.rerun()


def forget_source() -> None:
    """Forgets the choice, and deletes it if it was uploaded."""
    chosen = st.session_state.pop(_SOURCE, None)
    st.session_state[_ROUND] = _round() + 1
    forget_choices()
    if chosen:
        inspections.forget(chosen)
        folder = Layout(current_settings().workspace).uploads
        if Path(chosen).is_relative_to(folder):
            discard_upload(current_settings(), Path(chosen).relative_to(folder).parts[0])


def _round() -> int:
    return int(st.session_state.get(_ROUND, 0))


def _archive() -> Path | None:
    return archive_uploader(f"import-archive-{_round()}")


def _files() -> Path | None:
    return files_uploader(f"import-files-{_round()}", _FILE_TYPES)


def _folder() -> Path | None:
    settings = current_settings()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Folder or archive on the server", placeholder="/data/my-set", key="import-folder")
        pressed = st.button("Inspect", type="primary")
    if has_limits(settings):
        st.caption("Below " + ", ".join(code(str(folder)) for folder in settings.folders))
    if not pressed:
        return None
    if not text.strip():
        raise AppError("The path is empty.", "Type the path of a folder, or of a zip or tar file, on the server.")
    return find_on_server(settings, text)
