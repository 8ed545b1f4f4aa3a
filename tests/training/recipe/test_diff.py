from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.diff import recipe_differences
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Augmentation


def recipe(**changes: object) -> dict[str, object]:
    return make_recipe(find_preset("quick"), 100, RecipeChanges(**changes)).to_json()  # type: ignore[arg-type]


def test_recipes_that_are_alike_have_no_difference() -> None:
    assert recipe_differences({"one": recipe(), "two": recipe()}) == {}


def test_only_the_settings_that_differ_are_told_with_every_runs_value() -> None:
    found = recipe_differences({"one": recipe(seed=1), "two": recipe(seed=2), "three": recipe(seed=2)})

    assert found == {"seed": {"one": 1, "two": 2, "three": 2}}


def test_groups_of_settings_are_taken_apart() -> None:
    found = recipe_differences({"one": recipe(), "two": recipe(augmentation=Augmentation(scale=0.2))})

    assert found == {"augmentation.scale": {"one": 0.0, "two": 0.2}}


def test_a_setting_that_only_one_recipe_has_is_none_in_the_other() -> None:
    found = recipe_differences({"one": recipe(), "two": recipe(overrides={"SOLVER.MOMENTUM": 0.95})})

    assert found == {"overrides.SOLVER.MOMENTUM": {"one": None, "two": 0.95}}
