"""Data that pages read often, cached in memory until the files change."""

import streamlit as st

from core.services import datasets
from core.services.datasets import DatasetSummary, OpenVersion
from core.settings import Settings, load_settings
from core.workspace.datasets import VersionFolder, load_columns, versions_of
from core.workspace.layout import Layout
from core.workspace.registry import Registry


def current_settings() -> Settings:
    """The settings of this server: the workspace and the limits. Raises AppError for an invalid value."""
    return load_settings()


def is_dark() -> bool:
    """Whether the user's theme is dark; figures and components follow it."""
    return st.context.theme.type == "dark"


def all_datasets() -> list[DatasetSummary]:
    """All data sets, newest first. Not cached: it reads small files, and another user may just have imported one."""
    return datasets.list_datasets(current_settings())


def open_version(reference: str, version: str = "") -> OpenVersion:
    """A data set's version (the latest by default) with its tables, by id or name. Raises NotFoundError."""
    settings = current_settings()
    dataset = Registry(settings).find("dataset", reference).id
    layout = Layout(settings.workspace)
    chosen = version or next(reversed(versions_of(layout, dataset)), "")
    facts = VersionFolder(layout.version(dataset, chosen)).facts
    # A version never changes, but a workspace can be replaced under a running server.
    return _open_version(settings, dataset, chosen, facts.stat().st_mtime_ns if facts.is_file() else 0)


# A resource, not data: Streamlit would copy tables of a million boxes at each rerun. No caller writes into them.
@st.cache_resource(max_entries=6, show_spinner="Opening the data set")
def _open_version(where: Settings, dataset: str, version: str, written_ns: int) -> OpenVersion:
    return datasets.open_version(where, dataset, version)


@st.cache_data(max_entries=200, show_spinner=False)
def sample_images(dataset: str, version: str, number: int = 4) -> list[int]:
    """The ids of a few images with objects, spread over the version; the same images each time.

    Raises DamagedFileError.
    """
    folder = VersionFolder(Layout(current_settings().workspace).version(dataset, version))
    images = load_columns(folder, "images", ["image_id", "use"])
    labelled = images.loc[images["use"] == "labelled", "image_id"].tolist() or images["image_id"].tolist()
    step = max(1, len(labelled) // number)
    return [int(image_id) for image_id in labelled[::step][:number]]
