"""The options of `train` and `preview`, up to their request."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.cli.program import command_of
from core.cli.recipe_options import is_repeated, request_of
from core.cli.values import pairs, whole_numbers, yaml_value
from core.errors import AppError
from core.services.training import TrainRequest
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.changes import SETTINGS, RecipeChanges
from core.training.recipe.recipe import Weights
from core.training.recipe.setting import Setting
from tests.factories.tiny_dataset import DatasetMaker

BESIDE_RECIPE = ("like", "everything", "seeds", "folds", "wait")


def request(*line: str) -> TrainRequest:
    """The request from a line of `train`."""
    command = command_of("train")
    assert command is not None
    params = command.make_context("train", list(line)).params
    return request_of(**{name: value for name, value in params.items() if name not in BESIDE_RECIPE})


def test_every_setting_arrives_in_the_request() -> None:
    options = "--input-sizes 64,96 --test-size 96 --augment scale=0.3 --augment flip_vertical=on --balance 0.2"
    more = "--background-share 0.1 --frozen 2 --patience 3 --clip norm --clip-at 5 --mixed-precision off --workers 2"
    made = request("shapes", *options.split(), *more.split(), "--set", "SOLVER.GAMMA=0.5", "--lr", "0.02")
    assert made.changes == RecipeChanges(
        input_sizes=(64, 96),
        test_size=96,
        strengths={"scale": "0.3", "flip_vertical": "on"},
        balance=0.2,
        background_share=0.1,
        frozen_stages=2,
        patience=3,
        clip="norm",
        clip_at=5,
        mixed_precision=False,
        data_workers=2,
        overrides={"SOLVER.GAMMA": 0.5},
        learning_rate=0.02,
    )


_TEXTS = {int: "3", float: "0.25", str: "norm", bool: "off", Weights: "/models/x.pth", tuple[int, ...]: "64,96"}
_VALUES = {int: 3, float: 0.25, str: "norm", bool: False, Weights: Weights(kind="file", value="/models/x.pth")}
_VALUES |= {tuple[int, ...]: (64, 96)}


@pytest.mark.parametrize(
    ("setting", "option"),
    [pytest.param(setting, option, id=option) for setting in SETTINGS for option in setting.options],
)
def test_every_setting_has_an_option_by_its_own_name_and_by_its_short_one(setting: Setting, option: str) -> None:
    is_pair = is_repeated(setting)
    text: str
    value: Any
    if is_pair:
        text, value = "A=1", {"A": "1" if setting.name == "strengths" else 1}
    elif setting.choices:
        text = value = setting.choices[0]
    else:
        text, value = _TEXTS[setting.type], _VALUES[setting.type]
    asked = request("shapes", option, text).changes
    assert asked == RecipeChanges(**{setting.name: value})


def test_what_is_left_out_is_left_to_the_preset() -> None:
    assert request("shapes").changes == RecipeChanges()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train"], "train needs DATASET, or --like RUN"),
        (["train", "shapes", "--like", "one"], "DATASET would change it"),
        (["train", "--like", "one", "--batch", "4", "--clip", "off"], "--batch, --clip would change it"),
        (["train", "shapes", "--input-sizes", "64,large"], "no list of whole numbers"),
        (["train", "shapes", "--augment", "scale"], "is not KEY=VALUE"),
        (["train", "shapes", "--augment", "scala=1"], "no augmentation 'scala'"),
        (["train", "shapes", "--background-share", "1"], "share of background"),
        (["train", "shapes", "--balance", "nan"], "nan"),
        (["preview", "shapes"], "--out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be_are_refused_in_words(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    DatasetMaker().make(Settings(workspace=tmp_path))
    assert main(["--workspace", str(tmp_path), *arguments, "--json"]) == 2
    assert said in json.loads(capsys.readouterr().out)["error"]["message"]


def test_a_run_is_repeated_with_another_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    DatasetMaker().make(Settings(workspace=tmp_path))
    main(["--workspace", str(tmp_path), "train", "shapes", "--seed", "5", "--json"])
    run = json.loads(capsys.readouterr().out)["run"]

    assert main(["--workspace", str(tmp_path), "train", "--like", run, "--seed", "9", "--json"]) == 0

    started = json.loads(capsys.readouterr().out)
    assert started["phase"] == "queued"
    recipes = [json.loads((tmp_path / "runs" / key / "recipe.json").read_text()) for key in (run, started["run"])]
    assert [recipe["seed"] for recipe in recipes] == [5, 9]


def test_values_are_read_as_they_are_meant() -> None:
    assert pairs(["a=b=c", " d = 1 "], "--set", "KEY=VALUE") == {"a": "b=c", "d": "1"}
    assert yaml_value("[1, 2]") == [1, 2]
    assert yaml_value("[1") == "[1"
    assert whole_numbers("", "--x") is None
    with pytest.raises(AppError, match="no list"):
        whole_numbers("1,", "--x")
