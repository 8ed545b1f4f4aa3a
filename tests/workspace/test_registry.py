"""The registry: ids, names, and healing from the folders."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from core.errors import ConflictError, NotFoundError
from core.files import read_json, write_json
from core.settings import Settings
from core.workspace import registry as registry_module
from core.workspace.registry import Registry, new_id

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(Settings(workspace=tmp_path / "workspace"))


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
    again = Registry(Settings(workspace=tmp_path / "workspace"))
    assert {*again.all("dataset"), *again.all("run")} == entries


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b"no database at all " * 999), id="overwritten"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="cut short"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 12288), id="scrambled inside"),
        pytest.param(lambda path: path.write_bytes(b""), id="emptied"),
    ],
)
def test_a_broken_database_is_rebuilt_from_the_folders(
    registry: Registry, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    entries = {registry.add("dataset", "cells", "cells"), registry.add("run", "r-abc234", "a run")}
    spoil(registry.layout.registry)
    again = Registry(Settings(workspace=tmp_path / "workspace"))
    assert {*again.all("dataset"), *again.all("run")} == entries


def test_a_database_deleted_under_an_open_registry_is_there_again_at_the_next_look(
    registry: Registry, tmp_path: Path
) -> None:
    registry.add("run", "r-abc234", "a run")
    registry.layout.registry.unlink()
    registry.add("run", "r-bbbbbb", "another")
    assert len(Registry(Settings(workspace=tmp_path / "workspace")).all("run")) == 2


def test_a_name_is_changed_for_everyone_and_survives_the_database(registry: Registry, tmp_path: Path) -> None:
    before = registry.add("run", "r-abc234", "first try")
    other = Registry(Settings(workspace=tmp_path / "workspace"))
    after = registry.rename("run", "r-abc234", "the good one")
    assert (after.id, after.name, after.created) == ("r-abc234", "the good one", before.created)
    assert other.find("run", "the good one") == after
    registry.layout.registry.unlink()
    assert Registry(Settings(workspace=tmp_path / "workspace")).find("run", "the good one") == after


def test_a_name_that_was_written_without_its_row_is_seen(registry: Registry, tmp_path: Path) -> None:
    registry.add("run", "r-abc234", "first try")
    path = registry.layout.description("run", "r-abc234")
    write_json(path, {**read_json(path), "name": "the good one"})
    assert Registry(Settings(workspace=tmp_path / "workspace")).find("run", "r-abc234").name == "the good one"


def test_a_description_that_cannot_be_read_costs_one_item_only(registry: Registry, tmp_path: Path) -> None:
    for key, text in (("r-aaaaaa", "{"), ("r-bbbbbb", "[]"), ("r-cccccc", '{"name": "x"}'), ("r-dddddd", "\xff")):
        registry.layout.folder("run", key).mkdir(parents=True)
        registry.layout.description("run", key).write_bytes(text.encode("latin-1"))
    good = registry.add("run", "r-abc234", "a run")
    found = {entry.id: entry for entry in Registry(Settings(workspace=tmp_path / "workspace")).all("run")}
    assert found.pop("r-abc234") == good
    assert {key: entry.name for key, entry in found.items()} == {key: key for key in found}
    assert len(found) == 4
    assert {entry.damage.file for entry in found.values() if entry.damage} == {"run.json"}


def test_a_damaged_description_keeps_the_name_that_the_index_knows(registry: Registry, tmp_path: Path) -> None:
    registry.add("run", "r-abc234", "a run")
    registry.layout.description("run", "r-abc234").write_bytes(b"")
    entry = Registry(Settings(workspace=tmp_path / "workspace")).find("run", "a run")
    assert entry.damage is not None
    assert entry.damage.reason == "it is empty"


@pytest.mark.process
def test_processes_that_rebuild_at_the_same_time_agree(registry: Registry, tmp_path: Path) -> None:
    for number in range(40):
        registry.add("run", f"r-{number:06d}", f"run {number}")
    registry.layout.registry.unlink()
    look = (
        "import sys; from pathlib import Path; from core.settings import Settings; "
        "from core.workspace.registry import Registry; print(len(Registry(Settings(workspace=Path(sys.argv[1]))).all('run')))"
    )
    command = [sys.executable, "-c", look, str(tmp_path / "workspace")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    assert [process.communicate(timeout=60)[0].strip() for process in started] == [b"40"] * 4
    assert len(Registry(Settings(workspace=tmp_path / "workspace")).all("run")) == 40


def test_a_removed_folder_leaves_the_index(registry: Registry, tmp_path: Path) -> None:
    registry.add("run", "r-abc234", "a run")
    shutil.rmtree(registry.layout.folder("run", "r-abc234"))
    assert Registry(Settings(workspace=tmp_path / "workspace")).all("run") == []


def test_a_folder_without_its_description_does_not_count(registry: Registry, tmp_path: Path) -> None:
    registry.layout.folder("run", "r-half99").mkdir(parents=True)
    assert Registry(Settings(workspace=tmp_path / "workspace")).all("run") == []


def test_what_is_not_there_is_named_with_what_is(registry: Registry) -> None:
    registry.add("dataset", "cells", "cells")
    with pytest.raises(NotFoundError, match="no data set 'cels'") as caught:
        registry.find("dataset", "cels")
    assert "cells" in caught.value.remedy


def test_ids_are_short_url_safe_and_different() -> None:
    ids = {new_id("r") for _ in range(200)}
    assert len(ids) == 200
    assert all(len(one) == 8 and one.replace("-", "").isalnum() for one in ids)


@pytest.mark.parametrize("ask", [lambda settings: settings.all("run"), lambda settings: settings.find("run", "a run")], ids=["all", "find"])
def test_opening_it_and_asking_looks_at_the_folders_once(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Registry], object]
) -> None:
    registry.add("run", "r-abc234", "a run")
    look = Mock(wraps=registry_module._described)
    monkeypatch.setattr(registry_module, "_described", look)
    ask(Registry(Settings(workspace=tmp_path / "workspace")))
    assert look.call_count == 1
