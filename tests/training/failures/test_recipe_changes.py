from dataclasses import replace

import pytest

from core.training.failures.recipe_changes import (
    Point,
    gentler,
    half_batch,
    other_weights,
    smaller_input,
    without_data_workers,
    without_refused_overrides,
)
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.diff import setting_changes, words_of
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe, Weights


def _recipe(**changes: object) -> Recipe:
    recipe = make_recipe(find_preset("quick"), 100, RecipeChanges(iterations=100, batch=4))
    return replace(recipe, **{"warmup": 10, "decay_at": (80,), "evaluate_every": 25, **changes})  # type: ignore[arg-type]


def _shown(recipe: Recipe, iterations: range) -> list[int]:
    """The positions in the stream of images that these iterations show."""
    firsts = (iteration * recipe.batch + recipe.pictures_ahead for iteration in iterations)
    return [first + place for first in firsts for place in range(recipe.batch)]


@pytest.mark.parametrize("batch", [2, 4, 8])
@pytest.mark.parametrize("done", [0, 1, 37])
def test_half_the_batch_shows_exactly_the_images_that_were_left(batch: int, done: int) -> None:
    recipe = _recipe(batch=batch)
    halved = half_batch(recipe, Point(done))
    assert halved is not None
    assert halved.batch == batch // 2
    assert halved.learning_rate == pytest.approx(recipe.learning_rate / 2)
    left = _shown(recipe, range(done, recipe.iterations))
    assert _shown(halved, range(done, halved.iterations)) == left


def test_half_the_batch_moves_what_lies_ahead_and_leaves_what_lies_behind() -> None:
    halved = half_batch(_recipe(), Point(20))
    assert halved is not None
    assert (halved.warmup, halved.decay_at, halved.iterations, halved.evaluate_every) == (10, (140,), 180, 50)


def test_halving_twice_still_shows_every_image_once() -> None:
    recipe = _recipe(batch=8)
    first = half_batch(recipe, Point(10))
    second = half_batch(first, Point(30)) if first else None
    assert first and second
    shown = [
        *_shown(recipe, range(10)),
        *_shown(first, range(10, 30)),
        *_shown(second, range(30, second.iterations)),
    ]
    assert shown == list(range(800))


def test_half_of_an_odd_batch_shows_at_most_a_batch_more() -> None:
    recipe = _recipe(batch=5)
    halved = half_batch(recipe, Point(10))
    assert halved is not None
    assert halved.batch == 2
    left = recipe.iterations * 5 - 50
    assert left <= (halved.iterations - 10) * 2 <= left + 2
    assert halved.decay_at[0] < halved.iterations


def test_a_single_image_cannot_be_halved_but_made_smaller() -> None:
    recipe = _recipe(batch=1, input_sizes=(256, 320), input_max=640, test_size=320)
    assert half_batch(recipe, Point(0)) is None
    smaller = smaller_input(recipe, Point(0))
    assert smaller is not None
    assert (smaller.input_sizes, smaller.input_max, smaller.test_size) == ((192, 224), 480, 224)
    assert smaller_input(_recipe(input_sizes=(64,)), Point(0)) is None


def test_gentler_is_a_third_of_the_rate_and_a_warm_up_from_where_it_goes_on() -> None:
    recipe = _recipe()
    assert gentler(recipe, Point(0)).learning_rate == pytest.approx(recipe.learning_rate / 3)
    assert gentler(recipe, Point(0)).warmup == 20
    assert gentler(recipe, Point(60)).warmup == 70
    assert gentler(_recipe(warmup=0), Point(0)).warmup == 20


def test_loaders_are_given_up_once() -> None:
    without = without_data_workers(_recipe(data_workers=4), Point(0))
    assert without is not None
    assert without.data_workers == 0
    assert without_data_workers(without, Point(0)) is None


def test_zoo_weights_that_cannot_be_had_give_way_to_others_with_the_rate_these_need() -> None:
    zoo = make_recipe(find_preset("finetune"), 100, RecipeChanges(weights=Weights(kind="zoo")))
    other = other_weights(zoo, Point(0))
    assert other is not None
    assert other.weights.kind in ("starter", "random")
    assert other_weights(other, Point(0)) is None
    if other.weights.kind == "random":
        assert other.frozen_stages == 0
        assert other.learning_rate == pytest.approx(find_preset("finetune").scratch_learning_rate)


@pytest.mark.parametrize(
    ("model", "asked", "norm"),
    [
        pytest.param("faster_rcnn_R_50_FPN_3x", {}, "GN", id="frozen norms"),
        pytest.param("faster_rcnn_R_50_FPN_3x", {"MODEL.RESNETS.NORM": "BN"}, "BN", id="the user's choice stays"),
        pytest.param("faster_rcnn_R_50_FPN_400ep_LSJ", {}, None, id="batch norm that measures"),
    ],
)
def test_random_weights_do_not_keep_the_statistics_of_the_weights_that_could_not_be_had(
    model: str, asked: dict[str, str], norm: str | None
) -> None:
    zoo = make_recipe(find_preset("finetune"), 100, RecipeChanges(model=model, overrides=asked))
    other = other_weights(zoo, Point(0))
    assert other is not None
    assert other.overrides.get("MODEL.RESNETS.NORM") == norm


def test_norms_measure_once_there_are_no_weights_whose_statistics_they_could_keep() -> None:
    model = "faster_rcnn_R_50_FPN_400ep_LSJ"
    zoo = make_recipe(find_preset("finetune"), 100, RecipeChanges(model=model))
    assert (zoo.weights.kind, zoo.norm_statistics) == ("zoo", "frozen")
    other = other_weights(zoo, Point(0))
    assert other is not None
    assert (other.weights.kind, other.norm_statistics) == ("random", "batch")


def test_half_the_batch_keeps_the_norms_as_the_run_began() -> None:
    changes = RecipeChanges(model="faster_rcnn_R_50_FPN_400ep_LSJ", batch=8)
    halved = half_batch(make_recipe(find_preset("finetune"), 100, changes), Point(10))
    assert halved is not None
    assert (halved.batch, halved.norm_statistics) == (4, "batch")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("RecipeError: SOLVER.GAMMA cannot be set as an expert setting.", id="by its key"),
        pytest.param("KeyError: \"No object named 'NoSuchHeads' found in 'ROI_HEADS' registry!\"", id="by its value"),
    ],
)
def test_only_the_expert_setting_that_is_named_is_left_out(text: str) -> None:
    key, value = ("SOLVER.GAMMA", 0.5) if "GAMMA" in text else ("MODEL.ROI_HEADS.NAME", "NoSuchHeads")
    kept = {"SOLVER.GAMMA_2": 1, "MODEL.ROI": "other", "XSOLVER.GAMMA": 2}
    repaired = without_refused_overrides(_recipe(overrides={key: value, **kept}), Point(0, text))
    assert repaired is not None
    assert repaired.overrides == kept
    assert without_refused_overrides(_recipe(overrides=kept), Point(0, text)) is None


def test_a_change_is_told_in_a_line() -> None:
    recipe = _recipe(overrides={"SOLVER.GAMMA": 0.5})
    changes = setting_changes(recipe, replace(recipe, batch=2, learning_rate=0.01, decay_at=(), overrides={}))
    assert changes["batch"] == (4, 2)
    assert changes["overrides.SOLVER.GAMMA"] == (0.5, None)
    assert "Batch 4 → 2" in words_of(changes) or "batch 4 → 2" in words_of(changes)
    assert "decay at 80 → none" in words_of(changes)
