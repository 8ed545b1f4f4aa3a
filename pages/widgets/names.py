"""Names of items by id, for breadcrumbs and lists. An unknown id is returned unchanged."""

from core.workspace.layout import Layout
from core.workspace.registry import read_description
from core.workspace.trash import find_trashed, name_of
from pages.widgets.cached import current_settings


def dataset_name(key: str) -> str:
    """The data set's name."""
    return _name("dataset", key)


def run_name(key: str) -> str:
    """The run's name, also of a run in the trash."""
    name = _name("run", key)
    deleted = find_trashed(Layout(current_settings().workspace), key) if name == key else None
    return name_of(deleted) if deleted else name


def subject_name(key: str) -> str:
    """The name of the evaluated run or custom model."""
    name = run_name(key)
    return _name("model", key) if name == key else name


def evaluation_name(key: str) -> str:
    """The evaluation's name."""
    return _name("evaluation", key)


def _name(kind: str, key: str) -> str:
    # The key comes from the address: accept a folder name only, never a path.
    if "/" in key or "\\" in key or "\0" in key or key.startswith("."):
        return key
    return read_description(Layout(current_settings().workspace).folder(kind, key), kind).name
