"""Who acts: the name of a process, and what a file says about it."""

import os
import pwd
from dataclasses import dataclass
from typing import Any

import pytest

from core.actor import COMMAND_LINE, Actor, KnownActor, process_actor
from core.shapes import ShapeError, built

ADA = {"name": "ada", "source": "page"}


def test_the_actor_of_a_process_is_the_one_that_is_set_else_the_user_of_the_system() -> None:
    assert process_actor("Ada", COMMAND_LINE) == Actor(name="Ada", source="command line")
    known = {entry.pw_uid: entry.pw_name for entry in pwd.getpwall()}
    assert process_actor("", COMMAND_LINE).name == known.get(os.getuid(), f"uid {os.getuid()}")


def test_a_user_id_without_a_name_stands_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_123)
    assert process_actor("", COMMAND_LINE).name == "uid 4000123"


def test_the_user_of_the_system_is_not_taken_from_variables_that_anyone_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody else")
    assert process_actor("", COMMAND_LINE).name != "somebody else"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param(" ada", id="space before it"),
        pytest.param("a" * 81, id="too long"),
        pytest.param("a\nb", id="two lines"),
    ],
)
def test_a_name_that_is_none_makes_no_actor(name: str) -> None:
    with pytest.raises(ShapeError):
        Actor(name=name, source=COMMAND_LINE)


@dataclass(frozen=True)
class Note:
    """A record of a file that keeps its actor."""

    text: str
    actor: KnownActor = None


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        pytest.param({"actor": ADA}, Actor(name="ada", source="page"), id="whole"),
        pytest.param({"actor": {**ADA, "role": "admin"}}, Actor(name="ada", source="page"), id="with a role"),
        pytest.param({}, None, id="of an earlier version"),
        pytest.param({"actor": None}, None, id="null"),
        pytest.param({"actor": "ada"}, None, id="text"),
        pytest.param({"actor": [ADA]}, None, id="a list"),
        pytest.param({"actor": {"name": "ada"}}, None, id="without a source"),
        pytest.param({"actor": {**ADA, "name": 7}}, None, id="a number for a name"),
        pytest.param({"actor": {**ADA, "name": "a\u0000"}}, None, id="a null byte"),
        pytest.param({"actor": {**ADA, "source": "x" * 1000}}, None, id="a long source"),
    ],
)
def test_a_damaged_or_missing_actor_in_a_file_is_unknown_and_the_rest_counts(
    kept: dict[str, Any], read: Actor | None
) -> None:
    assert built(Note, {"text": "still here", **kept}) == Note("still here", read)


def test_damage_elsewhere_in_the_file_is_still_told() -> None:
    with pytest.raises(ShapeError, match="'text'"):
        built(Note, {"text": 7, "actor": ADA})
