from typing import Any

import pytest

from core.errors import RecipeError
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import SETTINGS, RecipeChanges, changes_to, weights_from_text
from core.training.recipe.plain_settings import PlainSettings
from core.training.recipe.presets import PRESETS, Preset, find_preset
from core.training.recipe.recipe import Recipe, Weights, recipe_from_json
from core.training.recipe.setting import Setting, settings_of


def _another(setting: Setting) -> Any:
    """A value within the limits that is not the default."""
    if setting.choices:
        return next(choice for choice in setting.choices if choice != setting.default)
    if setting.type is bool:
        return not setting.default
    low, high = setting.limits or (0, 8)
    return next(value for value in (setting.type(low), setting.type(high)) if value != setting.default)


# The plain settings from their table, the others by hand.
ASKED = RecipeChanges(
    model="faster_rcnn_R_50_FPN_400ep_LSJ",
    weights=Weights(kind="random"),
    iterations=70,
    batch=3,
    learning_rate=0.004,
    input_sizes=(96, 128),
    input_max=200,
    test_size=96,
    evaluate_every=9,
    frozen_stages=1,
    norm_statistics="frozen",
    strengths={"scale": "0.4"},
    overrides={"SOLVER.GAMMA": 0.5},
    **{setting.name: _another(setting) for setting in settings_of(PlainSettings)},
)
_IN_RECIPE = [setting for setting in SETTINGS if setting.name in Recipe.__dataclass_fields__]
_LIMITED = [setting for setting in SETTINGS if setting.limits]


@pytest.mark.parametrize("setting", _IN_RECIPE, ids=lambda setting: setting.name)
def test_what_is_asked_for_is_in_the_recipe_under_the_same_name(setting: Setting) -> None:
    recipe = make_recipe(find_preset("quick"), 100, ASKED)
    assert getattr(recipe, setting.name) == getattr(ASKED, setting.name)
    assert getattr(recipe, setting.name) != getattr(make_recipe(find_preset("quick"), 100), setting.name)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
@pytest.mark.parametrize("changes", [RecipeChanges(), ASKED], ids=["the preset", "all changed"])
def test_the_changes_to_a_recipe_make_it_again_but_for_the_loaders_of_the_machine(
    preset: Preset, changes: RecipeChanges
) -> None:
    recipe = make_recipe(preset, 100, changes)
    again = make_recipe(preset, 100, changes_to(recipe))
    assert {**again.to_json(), "data_workers": None} == {**recipe.to_json(), "data_workers": None}


@pytest.mark.parametrize("setting", _LIMITED, ids=lambda setting: setting.name)
def test_a_value_outside_of_its_limits_is_refused_with_both(setting: Setting) -> None:
    assert setting.limits is not None
    low, high = setting.limits
    for value in (low - 1, high + 1):
        with pytest.raises(RecipeError, match="cannot be trained with") as caught:
            make_recipe(find_preset("quick"), 100, RecipeChanges(**{setting.name: value}))  # type: ignore[arg-type]
        assert caught.value.remedy == f"Choose between {low:g} and {high:g}."


def test_a_word_that_is_no_choice_is_refused_with_those_there_are() -> None:
    with pytest.raises(RecipeError, match="clip cannot be 'hard'") as caught:
        make_recipe(find_preset("quick"), 100, RecipeChanges(clip="hard"))
    assert caught.value.remedy == "Choose one of: value, norm, off."


def test_a_recipe_from_before_a_setting_was_there_has_its_default() -> None:
    oldest = make_recipe(find_preset("quick"), 100).to_json()
    for setting in SETTINGS:
        if setting.default is not None:
            oldest.pop(setting.name, None)
    read = recipe_from_json(oldest)
    assert (read.seed, read.clip, read.checkpoint_every_s, read.retries) == (1, "value", 120.0, 2)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("", None),
        (" zoo ", Weights(kind="zoo")),
        ("own", Weights(kind="own")),
        ("/models/a", Weights(kind="file", value="/models/a")),
        ("a.pkl", Weights(kind="file", value="a.pkl")),
        ("first look", Weights(kind="run", value="first look")),
    ],
    ids=lambda value: repr(value) if isinstance(value, str) else "",
)
def test_weights_are_a_source_a_file_or_a_run(text: str, weights: Weights | None) -> None:
    assert weights_from_text(text) == weights
