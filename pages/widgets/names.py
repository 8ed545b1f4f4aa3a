"""Names of things by id, for breadcrumbs and lists; an id nobody knows is its own name. For widgets and pages."""

from core.workspace.layout import Layout
from core.workspace.registry import read_description
from core.workspace.trash import find_trashed, name_of
from pages.widgets.cached import current_settings


def dataset_name(key: str) -> str:
    """The data set's name."""
    return _name("dataset", key)


def run_name(key: str) -> str:
    """The run's name, also of one in the trash."""
    name = _name("run", key)
    deleted = find_trashed(Layout(current_settings().workspace), key) if name == key else None
    return name_of(deleted) if deleted else name


def subject_name(key: str) -> str:
    """The name of the run or custom model that was judged."""
    name = run_name(key)
    return _name("model", key) if name == key else name


def evaluation_name(key: str) -> str:
    """The evaluation's name."""
    return _name("evaluation", key)


def _name(kind: str, key: str) -> str:
    # The key comes from the address: a folder name and nothing that leads anywhere else.
    if "/" in key or "\\" in key or "\0" in key or key.startswith("."):
        return key
    return read_description(Layout(current_settings().workspace).folder(kind, key), kind).name
