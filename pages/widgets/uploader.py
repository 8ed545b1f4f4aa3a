"""Widgets that upload files and stream them to disk through server.py, with a progress bar.

Plain `streamlit run` has no such route: there Streamlit's file widget takes them, up to its own limit.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from core.errors import AppError, UploadError
from core.figures.words.numbers import data_size
from core.services import datasets
from core.services.datasets import discard_upload
from pages.widgets import routes
from pages.widgets.actor import actor_of
from pages.widgets.asset_files import read_assets
from pages.widgets.cached import current_settings

_ARCHIVES: Final = ("zip", "tar", "gz", "tgz", "bz2", "xz")
# For all files together: Streamlit keeps them in memory until the session ends.
_IN_MEMORY_BYTES: Final = 200 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One of the two uploaders. `key`: where the session keeps the id of the upload in progress."""

    key: str
    is_many: bool
    label: str
    types: tuple[str, ...]
    wish: str
    hint: str


_UPLOADER = st.components.v2.component(
    "detdesk_uploader",
    html=read_assets("uploader.html"),
    css=read_assets("uploader.css"),
    js=read_assets("uploader.js"),
)


def archive_uploader(key: str) -> Path | None:
    """The archive just received, or None. The caller then owns its folder."""
    kind = _Kind(
        key="import-upload",
        is_many=False,
        label="A zip or tar archive",
        types=_ARCHIVES,
        wish="Drop a zip or tar archive here",
        hint="Any label format, at any depth.",
    )
    return _received(key, kind)


def files_uploader(key: str, types: list[str]) -> Path | None:
    """The folder of the loose files just received, or None. The caller then owns it."""
    kind = _Kind(
        key="import-upload-files",
        is_many=True,
        label="Images and label files",
        types=tuple(types),
        wish="Drop images and label files here",
        hint="For a few files. Upload folders and large sets as an archive.",
    )
    return _received(key, kind)


def _received(key: str, kind: _Kind) -> Path | None:
    return _streamed(key, kind) if routes.are_served() else _in_memory(key, kind)


def _streamed(key: str, kind: _Kind) -> Path | None:
    settings = current_settings()
    waiting = st.session_state.get(kind.key)
    result = _UPLOADER(
        key=key,
        data=_data(kind, waiting, settings.limits.upload_bytes),
        on_wanted_change=lambda: None,
        on_received_change=lambda: None,
        on_failed_change=lambda: None,
    )
    if result.wanted:
        # Opened only now, so that a visit to the page leaves nothing in the workspace.
        discard_upload(settings, waiting or "")
        st.session_state[kind.key] = datasets.open_upload(settings, kind.is_many, actor=actor_of(settings))
        st.rerun()
    if result.failed and waiting:
        discard_upload(settings, st.session_state.pop(kind.key))
        st.rerun()
    if result.received and waiting:
        folder = datasets.upload_folder(settings, st.session_state.pop(kind.key))
        return folder if kind.is_many else folder / datasets.safe_name(str(result.received))
    return None


def _data(kind: _Kind, waiting: str | None, limit: int) -> dict[str, Any]:
    """The data of uploader.js."""
    refusal = datasets.too_large(limit)
    return {
        "url": routes.upload(waiting) if waiting else None,
        "is_many": kind.is_many,
        "accept": ",".join(f".{suffix}" for suffix in kind.types),
        "wish": kind.wish,
        "hint": f"{kind.hint} Up to {data_size(limit)}, streamed to disk.",
        "limit_bytes": limit,
        "too_large": f"{refusal.message} {refusal.remedy}",
    }


def _in_memory(key: str, kind: _Kind) -> Path | None:
    uploaded = st.file_uploader(kind.label, type=list(kind.types), accept_multiple_files=kind.is_many, key=key)
    files = uploaded if isinstance(uploaded, list) else [uploaded] if uploaded else []
    if not files or (kind.is_many and not st.button("Inspect these files", type="primary")):
        return None
    if sum(file.size for file in files) > _IN_MEMORY_BYTES:
        raise UploadError(
            f"These files are larger than {data_size(_IN_MEMORY_BYTES)} together.",
            "Start the app with `make run`, which streams uploads to disk.",
        )
    upload = datasets.open_upload(current_settings(), kind.is_many, actor=actor_of(current_settings()))
    try:
        folder = datasets.add_files(current_settings(), upload, [(file.name, file.getvalue()) for file in files])
    except AppError:
        discard_upload(current_settings(), upload)
        raise
    return folder if kind.is_many else folder / datasets.safe_name(files[0].name)
