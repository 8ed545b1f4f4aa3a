"""Every configuration key of Detectron2, set: the worker takes exactly what services accept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError
from core.files import read_json
from core.training.recipe.overrides import check_overrides, coerce, keys_from_json
from core.worker.model.config import make_config
from core.worker.model.config_keys import config_keys, write_schema
from core.worker.model.detectron import CfgNode
from tests.factories.workers.tiny_run import tiny_recipe

KEYS = config_keys()
ABLE = {name: key for name, key in KEYS.items() if not key.refused}
# Values of every type; a key takes those of its type and refuses the others.
ODD: dict[str, tuple[Any, ...]] = {
    "int": ("x", 1.5, True, [1], None, {"a": 1}, float("inf")),
    "float": ("x", [1.0], True, None, float("inf"), float("nan"), {"a": 1.0}),
    "bool": ("yes", 1, 0.0, [True], None),
    "str": (1, 1.5, True, ["a"], None, {"a": 1}),
    "list": ("x", 1, {"a": 1}, None, True, [None], [{"a": 1}], [[[["x"]]]], [float("nan")]),
    "tuple": ("x", 1, {"a": 1}, None, True, [None], [{"a": 1}], [[[["x"]]]], [float("nan")]),
    "NoneType": ("x", True, [1.0], {"a": 1}, float("nan")),
}


def _config(overrides: dict[str, Any]) -> CfgNode:
    return make_config(replace(tiny_recipe(), overrides=overrides), ["a", "b"])


def test_there_are_the_keys_that_detectron2_has() -> None:
    assert len(KEYS) > 150
    assert len(ABLE) > 90
    assert {key.type for key in ABLE.values()} == set(ODD)


def test_every_key_takes_its_own_default() -> None:
    assert check_overrides(KEYS, {name: key.default for name, key in ABLE.items()}) == []
    _config(coerce(KEYS, {name: key.default for name, key in ABLE.items()}))


@pytest.mark.parametrize("kind", sorted(ODD))
def test_no_key_takes_a_value_of_another_kind(kind: str) -> None:
    names = [name for name, key in ABLE.items() if key.type == kind]
    assert names
    passed = [(name, odd) for name in names for odd in ODD[kind] if not check_overrides(KEYS, {name: odd})]
    assert passed == []


@pytest.mark.parametrize("kind", ["int", "float", "list"])
def test_the_worker_refuses_what_services_refuse(kind: str) -> None:
    name = next(name for name, key in ABLE.items() if key.type == kind)
    for odd in ODD[kind]:
        with pytest.raises(RecipeError):
            _config({name: odd})


def test_every_refused_key_says_who_decides_it() -> None:
    refused = {name: key for name, key in KEYS.items() if key.refused}
    problems = check_overrides(KEYS, {name: key.default for name, key in refused.items()})
    assert len(problems) == len(refused)
    assert all("It is decided by" in problem or "It has no effect here" in problem for problem in problems)


@pytest.mark.parametrize("name", sorted(ABLE))
def test_a_slip_of_the_pen_names_the_key_that_was_meant(name: str) -> None:
    middle = name.rindex(".") + 2
    slipped = name[:middle] + name[middle + 1 :]
    (problem,) = check_overrides(KEYS, {slipped: 1})
    assert "Did you mean" in problem
    # Keys of several heads are as near as one another.
    assert name.rsplit(".", 1)[1][:3] in problem


def test_defaults_are_among_the_choices() -> None:
    wrong = [name for name, key in ABLE.items() if key.choices and key.default not in key.choices]
    assert wrong == []


def test_the_written_list_is_the_same(tmp_path: Path) -> None:
    write_schema(tmp_path / "keys.json")
    assert keys_from_json(read_json(tmp_path / "keys.json")) == KEYS
