"""The registry: ids, names, and healing from the folders."""

import shutil
from pathlib import Path

import pytest

from core.errors import ConflictError, NotFoundError
from core.settings import Settings
from core.workspace.registry import Registry, new_id


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(Settings(tmp_path / "workspace"))


def test_an_entry_is_found_by_id_and_by_name(registry: Registry) -> None:
    entry = registry.add("run", "r-abc234", "first try")
    assert registry.find("run", "r-abc234") == entry
    assert registry.find("run", "first try") == entry


def test_of_two_entries_with_one_name_the_newest_is_found(registry: Registry) -> None:
    registry.add("run", "r-aaaaaa", "same")
    newer = registry.add("run", "r-bbbbbb", "same")
    assert registry.find("run", "same") == newer


def test_a_taken_id_is_a_conflict_and_changes_nothing(registry: Registry) -> None:
    first = registry.add("dataset", "cells", "cells")
    with pytest.raises(ConflictError):
        registry.add("dataset", "cells", "other")
    assert registry.all("dataset") == [first]


def test_a_deleted_database_is_rebuilt_from_the_folders(registry: Registry, tmp_path: Path) -> None:
    entries = {registry.add("dataset", "cells", "cells"), registry.add("run", "r-abc234", "a run")}
    registry.layout.registry.unlink()
    again = Registry(Settings(tmp_path / "workspace"))
    assert {*again.all("dataset"), *again.all("run")} == entries


def test_a_removed_folder_leaves_the_index(registry: Registry, tmp_path: Path) -> None:
    registry.add("run", "r-abc234", "a run")
    shutil.rmtree(registry.layout.one("run", "r-abc234"))
    assert Registry(Settings(tmp_path / "workspace")).all("run") == []


def test_a_folder_without_its_description_does_not_count(registry: Registry, tmp_path: Path) -> None:
    registry.layout.one("run", "r-half99").mkdir(parents=True)
    assert Registry(Settings(tmp_path / "workspace")).all("run") == []


def test_what_is_not_there_is_named_with_what_is(registry: Registry) -> None:
    registry.add("dataset", "cells", "cells")
    with pytest.raises(NotFoundError, match="no data set 'cels'") as caught:
        registry.find("dataset", "cels")
    assert "cells" in caught.value.remedy


def test_ids_are_short_url_safe_and_different() -> None:
    ids = {new_id("r") for _ in range(200)}
    assert len(ids) == 200
    assert all(len(one) == 8 and one.replace("-", "").isalnum() for one in ids)
