"""Workspaces under odd paths, folders that are no workspace, and unusable registries and databases."""

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.__main__ import main
from core.settings import Settings
from core.workspace.index import set_aside
from core.workspace.registry import Registry
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.runs import RunMaker
from tests.factories.stuck_disk import READ_ONLY, stuck_below

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).resolve().parents[2]
ODD_NAMES = [
    "a%20b",
    "a?b=c",
    "a#b",
    "100%",
    "a;b",
    "it's",
    '"quoted"',
    "a b",
    "a\nb",
    "Größe-数",
    "-rf",
    "a&b",
    "~x",
    ":memory:",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_workspace_under_an_odd_path_has_its_registry_in_it(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    Registry(Settings(workspace=folder)).add("run", "r-abc234", "a run")
    assert [entry.id for entry in Registry(Settings(workspace=folder)).all("run")] == ["r-abc234"]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with closing(sqlite3.connect(folder / "registry.sqlite")) as kept:
        assert kept.execute("select name from items").fetchall() == [("a run",)]


def _file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file"


def _dangling(folder: Path) -> Path:
    (folder / "link").symlink_to("link")
    return folder / "link"


NO_WORKSPACES: dict[str, Callable[[Path], Path]] = {
    "a file": _file,
    "below a file": lambda folder: _file(folder) / "workspace",
    "a link to itself": _dangling,
    "a name that is too long": lambda folder: folder / ("x" * 300),
    "what nobody can make": lambda _: Path("/proc/detdesk"),
    "the home of nobody": lambda _: Path("~no-such-user/workspace"),
}


@pytest.mark.parametrize("verb", ["runs", "inspect {source}", "import {source}"])
@pytest.mark.parametrize("place", NO_WORKSPACES)
def test_a_workspace_that_is_none_is_a_mistake_with_a_remedy(
    place: str, verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "source.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("a.txt", "0 0.5 0.5 0.1 0.1")
    words = verb.format(source=source).split()
    code = main(["--workspace", str(NO_WORKSPACES[place](tmp_path)), *words, "--json"])
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert (code, "Traceback" in printed.err, "bug" in error["message"]) == (2, False, False), printed
    assert error["remedy"]


@pytest.mark.parametrize("place", ["a file", "below a file", "a link to itself"])
def test_pages_say_that_the_workspace_is_none(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace(monkeypatch, tmp_path)
    monkeypatch.setenv("DETDESK_WORKSPACE", str(NO_WORKSPACES[place](tmp_path)))
    app = open_page("runs")
    assert not app.exception
    assert "cannot be used" in app.error[0].value


def _sqlite(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


def _other(path: Path) -> Path:
    return _sqlite(
        path, "create table items (kind text, id text, colour text)", "insert into items values ('a','b','c')"
    )


SPOILT: dict[str, Callable[[Path], object]] = {
    "no database": lambda path: path.write_bytes(b"no database at all " * 999),
    "another layout": _other,
    "another program's": lambda path: _sqlite(path, "create table other (x)"),
    "a view": lambda path: _sqlite(path, "create table t (x)", "create view items as select 1 as kind from t"),
    "a folder": lambda path: path.mkdir(),
    "a folder with files": lambda path: (path / "in").mkdir(parents=True),
    "a pipe": os.mkfifo,
    "a link to nowhere": lambda path: path.symlink_to("no/such/place"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_registry_that_cannot_be_used_is_set_aside_and_made_anew(
    spoilt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = workspace(monkeypatch, tmp_path)
    run = RunMaker(iterations=20).make(settings)
    path = Registry(settings).layout.registry
    path.unlink()
    SPOILT[spoilt](path)
    command = [sys.executable, "-m", "core", "--workspace", str(tmp_path), "runs", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done
    assert [row["run"] for row in json.loads(done.stdout)] == [run]
    assert "registry" in done.stderr
    assert len(set_aside(tmp_path)) == 1
    with closing(sqlite3.connect(path)) as made:
        assert made.execute("select id from items").fetchall() == [(run,)]
    assert set_aside(tmp_path)[0].name in texts(open_page("runs"))


DATABASES = {
    "no address": "here is no address",
    "an odd port": "postgresql://host:port/name",
    "an unknown kind": "oracel://host/name",
    "a driver that is missing": "postgresql+psycopg2://user:secret@localhost/name",
    "a folder that is missing": "sqlite:////no/such/folder/x.sqlite",
    "a folder": "sqlite:///{folder}",
    "no database": "sqlite:///{folder}/text",
    "another layout": "sqlite:///{folder}/other.sqlite",
    "a wrong argument": "sqlite:///{folder}/x.sqlite?timeout=red",
    "locked": "sqlite:///{folder}/locked.sqlite?timeout=0.1",
}


@pytest.mark.parametrize("given", DATABASES)
def test_a_database_of_the_users_that_cannot_be_used_is_a_mistake_with_a_remedy(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace(monkeypatch, tmp_path / "workspace")
    (tmp_path / "text").write_bytes(b"no database at all " * 999)
    _other(tmp_path / "other.sqlite")
    monkeypatch.setenv("DETDESK_DATABASE", DATABASES[given].format(folder=tmp_path))
    before = {path.name for path in tmp_path.iterdir()}
    with closing(sqlite3.connect(tmp_path / "locked.sqlite")) as other:
        other.execute("create table items (kind)")
        other.execute("begin exclusive")
        code = main(["runs", "--json"])
        printed = capsys.readouterr()
        app = open_page("runs")
    error = json.loads(printed.out)["error"]
    assert (code, "Traceback" in printed.err, "bug" in error["message"]) == (2, False, False), printed
    assert error["remedy"]
    assert "secret" not in printed.out
    assert not app.exception
    assert app.error
    assert {path.name for path in tmp_path.iterdir()} - {"locked.sqlite", "workspace"} == before - {"workspace"}


def test_a_registry_that_another_program_locks_is_named_and_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Registry(Settings(workspace=tmp_path)).add("run", "r-abc234", "a run")
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as other:
        other.execute("begin exclusive")
        code = main(["--workspace", str(tmp_path), "runs", "--json"])
    assert code == 2
    assert "locked by another program" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert set_aside(tmp_path) == []


def test_a_registry_that_cannot_even_be_set_aside_keeps_nobody_from_looking(tmp_path: Path) -> None:
    Registry(Settings(workspace=tmp_path)).add("run", "r-abc234", "a run")
    (tmp_path / "registry.sqlite").write_bytes(b"no database at all " * 999)
    with stuck_below(tmp_path, READ_ONLY):
        assert len(Registry(Settings(workspace=tmp_path)).all("run")) == 1
    assert set_aside(tmp_path) == []
