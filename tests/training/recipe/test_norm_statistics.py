import pytest

from core.errors import RecipeError
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges, changes_to
from core.training.recipe.model_catalogue import find_model
from core.training.recipe.norm_statistics import check_statistics, usual_statistics
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Weights, recipe_from_json

JITTERED = "mask_rcnn_R_50_FPN_400ep_LSJ"


@pytest.mark.parametrize(
    ("weights", "batch", "devices", "statistics"),
    [
        pytest.param("zoo", 2, 1, "frozen", id="two images"),
        pytest.param("zoo", 7, 1, "frozen", id="one image too few"),
        pytest.param("zoo", 8, 1, "batch", id="enough on one device"),
        pytest.param("zoo", 8, 2, "frozen", id="enough together, too few on each"),
        pytest.param("zoo", 16, 2, "batch", id="enough on each of two"),
        pytest.param("run", 2, 1, "frozen", id="from an earlier run"),
        pytest.param("file", 2, 1, "frozen", id="from a file"),
        pytest.param("random", 2, 1, "batch", id="no weights whose statistics could stay"),
    ],
)
def test_norms_keep_their_statistics_below_eight_images_a_device(
    weights: str, batch: int, devices: int, statistics: str
) -> None:
    changes = RecipeChanges(model=JITTERED, weights=Weights(kind=weights), batch=batch, devices=devices)
    recipe = make_recipe(find_preset("finetune"), 100, changes)
    assert recipe.norm_statistics == statistics
    assert recipe_from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize("asked", ["frozen", "batch"])
def test_what_is_asked_for_comes_before_the_rule(asked: str) -> None:
    for batch in (2, 16):
        changes = RecipeChanges(model=JITTERED, batch=batch, norm_statistics=asked)
        assert make_recipe(find_preset("finetune"), 100, changes).norm_statistics == asked


def test_a_cloned_recipe_follows_the_rule_again_unless_its_choice_was_another() -> None:
    by_rule = make_recipe(find_preset("finetune"), 100, RecipeChanges(model=JITTERED))
    chosen = make_recipe(find_preset("finetune"), 100, RecipeChanges(model=JITTERED, norm_statistics="batch"))
    assert changes_to(by_rule).norm_statistics is None
    assert changes_to(chosen).norm_statistics == "batch"


def test_a_model_without_batch_norm_has_no_choice() -> None:
    model = find_model("faster_rcnn_R_50_FPN_3x")
    assert usual_statistics(model, "zoo", 2) is None
    with pytest.raises(RecipeError, match="has no batch norm"):
        check_statistics(model, "frozen")
    with pytest.raises(RecipeError, match="cannot be 'sometimes'"):
        make_recipe(find_preset("finetune"), 100, RecipeChanges(model=JITTERED, norm_statistics="sometimes"))


def test_a_recipe_of_an_earlier_version_trains_as_its_configuration_says() -> None:
    stored = make_recipe(find_preset("finetune"), 100).to_json()
    del stored["norm_statistics"]
    assert recipe_from_json(stored).norm_statistics is None
