import math
from dataclasses import fields

import pytest

from core.errors import RecipeError
from core.training.recipe.build import epochs_for, iterations_for, make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import MODELS, find_model
from core.training.recipe.presets import PRESETS, find_preset
from core.training.recipe.recipe import Augmentation, View, Weights, recipe_from_json, with_mirrored_view


def test_finetune_is_the_reference_recipe() -> None:
    recipe = make_recipe(find_preset("finetune"), 205)
    assert (recipe.model, recipe.weights) == ("faster_rcnn_R_50_FPN_3x", Weights(kind="zoo"))
    assert (recipe.learning_rate, recipe.batch) == (0.00025, 2)
    assert (recipe.warmup, recipe.iterations, recipe.decay_at) == (500, 2000, ())
    changed = recipe.augmentation
    assert changed.flip_horizontal
    assert changed.rotation_deg > 0
    assert changed.scale > 0


@pytest.mark.parametrize(("preset", "epochs"), [("strong", 30), ("accurate", 60)])
@pytest.mark.parametrize(
    ("images", "shortest", "longest"), [(20, True, False), (400, False, False), (9000, False, True)]
)
def test_presets_for_a_gpu_start_from_models_trained_with_jitter_for_some_epochs_within_bounds(
    preset: str, epochs: int, images: int, shortest: bool, longest: bool
) -> None:
    chosen = find_preset(preset)
    recipe = make_recipe(chosen, images)
    assert find_model(recipe.model).coco_epochs == 400
    assert (recipe.weights, recipe.frozen_stages, recipe.norm_statistics) == (Weights(kind="zoo"), 2, "frozen")
    assert recipe.augmentation.scale == 0.5
    low, high = chosen.bounds
    whole = round(epochs * images / recipe.batch)
    assert recipe.iterations == (low if shortest else high if longest else whole)
    assert 0 < recipe.warmup < recipe.decay_at[0] < recipe.decay_at[1] < recipe.iterations


@pytest.mark.parametrize(
    ("epochs", "images", "batch", "iterations"),
    [(1, 10, 2, 5), (1, 11, 2, 6), (2.5, 10, 4, 7), (0.01, 10, 16, 1)],
    ids=["even", "rounded up", "part of an epoch", "at least one"],
)
def test_epochs_become_iterations(epochs: float, images: int, batch: int, iterations: int) -> None:
    assert iterations_for(epochs, images, batch) == iterations
    assert make_recipe(find_preset("quick"), images, RecipeChanges(epochs=epochs, batch=batch)).iterations == iterations


def test_iterations_become_epochs() -> None:
    assert epochs_for(100, 50, 2) == 4
    assert epochs_for(100, 0, 2) == 0


@pytest.mark.parametrize("preset", PRESETS, ids=[preset.key for preset in PRESETS])
@pytest.mark.parametrize("batch", [1, 2, 8, 16])
def test_the_learning_rate_follows_the_batch_linearly_until_it_is_given(preset, batch: int) -> None:  # type: ignore[no-untyped-def]
    base = make_recipe(preset, 200)
    assert math.isclose(
        make_recipe(preset, 200, RecipeChanges(batch=batch)).learning_rate, base.learning_rate * batch / base.batch
    )
    assert make_recipe(preset, 200, RecipeChanges(batch=batch, learning_rate=0.003)).learning_rate == 0.003


@pytest.mark.parametrize("preset", PRESETS, ids=[preset.key for preset in PRESETS])
@pytest.mark.parametrize("iterations", [1, 7, 1000])
def test_warm_up_decay_and_evaluations_follow_the_length(preset, iterations: int) -> None:  # type: ignore[no-untyped-def]
    recipe = make_recipe(preset, 200, RecipeChanges(iterations=iterations))
    assert recipe.warmup == round(iterations * preset.warmup)
    if iterations > 1:
        assert recipe.decay_at == tuple(round(iterations * share) for share in preset.decay_at)
    assert 1 <= recipe.evaluate_every <= iterations
    assert recipe_from_json(recipe.to_json()) == recipe


def test_the_quick_preset_grows_with_the_data_within_bounds() -> None:
    quick = find_preset("quick")
    low, high = quick.bounds
    lengths = [make_recipe(quick, images).iterations for images in (1, 140, 205, 100_000)]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (low, high)


def test_random_weights_get_their_own_learning_rate_and_freeze_nothing() -> None:
    preset = find_preset("finetune")
    recipe = make_recipe(preset, 200, RecipeChanges(weights=Weights(kind="random")))
    assert recipe.learning_rate == preset.scratch_learning_rate
    assert recipe.frozen_stages == 0
    assert make_recipe(preset, 200).frozen_stages == 2


@pytest.mark.parametrize(
    ("model", "kind"), [("small", "starter"), ("small_cascade", "starter"), ("small_mask", "random")]
)
def test_a_model_without_published_weights_starts_from_the_best_there_are_at_its_own_size(
    model: str, kind: str
) -> None:
    recipe = make_recipe(find_preset("finetune"), 200, RecipeChanges(model=model))
    assert recipe.weights == Weights(kind=kind)
    assert recipe.test_size == find_model(model).test_size


def test_a_preset_has_settings_for_its_custom_model_only() -> None:
    thorough = find_preset("thorough")
    assert len(make_recipe(thorough, 200).views) == 8
    other = make_recipe(thorough, 200, RecipeChanges(model="retinanet_R_50_FPN_3x"))
    assert other.views == (View(),)
    assert other.overrides == {"SOLVER.LR_SCHEDULER_NAME": "WarmupCosineLR"}


@pytest.mark.parametrize(
    ("augmentation", "turns"),
    [
        (Augmentation(), {0}),
        (Augmentation(flip_horizontal=False, rotation_deg=10), {0}),
        (Augmentation(flip_vertical=True), {0, 2}),
        (Augmentation(quarter_turns=True), {0, 1, 2, 3}),
        (Augmentation(flip_vertical=True, quarter_turns=True), {0, 1, 2, 3}),
    ],
    ids=["flip", "little turns", "vertical flip", "quarter turns", "both"],
)
def test_images_are_looked_at_as_training_turned_them(augmentation: Augmentation, turns: set[int]) -> None:
    once = make_recipe(find_preset("quick"), 200, RecipeChanges(augmentation=augmentation))
    assert once.views == (View(),)
    views = with_mirrored_view(once).views
    assert views[0] == View()
    assert sorted(views, key=str) == sorted(
        (View(turns=turn, mirrored=flip) for turn in turns for flip in (False, True)), key=str
    )


def test_an_asked_input_size_is_also_the_size_in_use() -> None:
    recipe = make_recipe(find_preset("quick"), 200, RecipeChanges(input_sizes=(96, 128)))
    assert (recipe.input_sizes, recipe.test_size) == ((96, 128), 128)
    assert recipe.input_max >= 128


@pytest.mark.parametrize(
    "changes",
    [
        RecipeChanges(iterations=0),
        RecipeChanges(epochs=-1),
        RecipeChanges(epochs=math.nan),
        RecipeChanges(batch=0),
        RecipeChanges(learning_rate=0),
        RecipeChanges(learning_rate=math.inf),
        RecipeChanges(seed=-1),
        RecipeChanges(input_sizes=()),
        RecipeChanges(input_sizes=(8,)),
        RecipeChanges(model="yolo"),
    ],
    ids=lambda changes: next(f"{key} {value}" for key, value in _set_fields(changes)),
)
def test_numbers_that_cannot_be_trained_with_are_refused_with_a_remedy(changes: RecipeChanges) -> None:
    with pytest.raises(RecipeError) as caught:
        make_recipe(find_preset("quick"), 200, changes)
    assert caught.value.remedy


_NAMES = tuple(field.name for field in fields(RecipeChanges))


def _set_fields(changes: RecipeChanges) -> list[tuple[str, object]]:
    return [(name, getattr(changes, name)) for name in _NAMES if getattr(changes, name) not in (None, {})]


def test_every_model_of_the_catalogue_is_complete() -> None:
    assert len({model.key for model in MODELS}) == len(MODELS)
    for model in MODELS:
        assert model.memory in ("small", "medium", "large")
        assert model.parameters > 5
        assert bool(model.config) == bool(model.weights) == (model.coco_ap is not None)


@pytest.mark.parametrize("iterations", [1, 2, 3, 5])
def test_a_run_of_a_few_iterations_never_decays_at_its_end(iterations: int) -> None:
    # Detectron2 refuses a milestone that is not before the last iteration.
    for preset in PRESETS:
        recipe = make_recipe(preset, 8, RecipeChanges(iterations=iterations))
        assert all(0 < at < iterations for at in recipe.decay_at)
