"""Choosing an archive and streaming it to disk through server.py, with a progress bar.

Under plain `streamlit run` there is no such route: then Streamlit's own widget takes it, up to its own limit.
"""

from pathlib import Path

import streamlit as st

from core.figures.words.numbers import data_size
from core.services import datasets
from core.services.datasets import discard_upload
from pages.widgets import routes
from pages.widgets.asset_files import read_assets
from pages.widgets.cached import settings

_UPLOAD = "import-upload"  # in the session: the id of the upload that is being received
_ARCHIVES = ["zip", "tar", "gz", "tgz", "bz2", "xz"]

_UPLOADER = st.components.v2.component(
    "detdesk_uploader",
    html=read_assets("uploader.html"),
    css=read_assets("uploader.css"),
    js=read_assets("uploader.js"),
)


def archive_uploader(key: str) -> Path | None:
    """The archive that has just been received, or None. Its folder belongs to the caller then."""
    return _streamed(key) if routes.are_served() else _in_memory(key)


def _streamed(key: str) -> Path | None:
    where = settings()
    limit = where.limits.upload_bytes
    waiting = st.session_state.get(_UPLOAD)
    refusal = datasets.too_large(limit)
    result = _UPLOADER(
        key=key,
        data={
            "url": routes.upload(waiting) if waiting else None,
            "limit_bytes": limit,
            "too_large": f"{refusal.message} {refusal.remedy}",
            "hint": f"Any label format, at any depth. Up to {data_size(limit)}, streamed to disk.",
        },
        on_wanted_change=lambda: None,
        on_received_change=lambda: None,
        on_failed_change=lambda: None,
    )
    if result.wanted:
        # Opened only now, so that looking at the page leaves nothing in the workspace.
        discard_upload(where, waiting or "")
        st.session_state[_UPLOAD] = datasets.open_upload(where)
        st.rerun()
    if result.failed and waiting:
        discard_upload(where, st.session_state.pop(_UPLOAD))
        st.rerun()
    if result.received and waiting:
        return datasets.upload_folder(where, st.session_state.pop(_UPLOAD)) / datasets.safe_name(str(result.received))
    return None


def _in_memory(key: str) -> Path | None:
    given = st.file_uploader("A zip or tar archive", type=_ARCHIVES, key=key)
    if given is None:
        return None
    upload = datasets.open_upload(settings())
    return datasets.add_files(settings(), upload, [(given.name, given.getvalue())]) / datasets.safe_name(given.name)
