"""What a sweep may change, as people write it, and the recipe that comes of it."""

import pytest

from core.errors import RecipeError
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe
from core.training.recipe.search_space import (
    INPUT_SIZE,
    SWEPT,
    Span,
    combinations,
    read_span,
    read_spans,
    title_of,
    usual_span,
    value_of,
    with_values,
    words_of_values,
)


@pytest.fixture
def recipe() -> Recipe:
    changes = RecipeChanges(learning_rate=0.01, input_sizes=(224, 256, 320), ema=0.998)
    return make_recipe(find_preset("quick"), 100, changes)


@pytest.mark.parametrize("name", SWEPT)
def test_every_setting_has_a_usual_span_that_holds_its_value_and_can_be_trained_with(recipe: Recipe, name: str) -> None:
    span = usual_span(recipe, name)
    value = value_of(recipe, name)
    ends = span.choices or (span.low, span.high)
    assert min(ends) <= value <= max(ends)
    assert not span.choices or (value in span.choices and len(span.choices) > 1)
    for end in ends:
        assert value_of(with_values(recipe, {name: end}), name) == pytest.approx(end)
    assert with_values(recipe, {name: value}) == recipe, "trial 0 is the recipe itself"
    assert title_of(name)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("learning_rate=0.001..0.1", Span(name="learning_rate", low=0.001, high=0.1), id="range"),
        pytest.param("learning-rate = 0.02..0.1", Span(name="learning_rate", low=0.01, high=0.1), id="widened"),
        pytest.param("ema=0,0.99", Span(name="ema", choices=(0.0, 0.99, 0.998)), id="choices and its own"),
        pytest.param("frozen_stages=2", Span(name="frozen_stages", choices=(0.0, 2.0)), id="one more"),
        pytest.param("flip_vertical", Span(name="flip_vertical", choices=(0.0, 1.0)), id="usual"),
        pytest.param("learning_rate", Span(name="learning_rate", low=0.0025, high=0.04), id="usual range"),
    ],
)
def test_a_span_is_read_as_it_is_written(recipe: Recipe, text: str, span: Span) -> None:
    read = read_span(text, recipe)
    if span.name == "frozen_stages":
        span = Span(name=span.name, choices=tuple(sorted({value_of(recipe, span.name), 2.0})))
    assert read == span


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        pytest.param([], "over 0 settings", id="none"),
        pytest.param(["ema", "scale", "crop", "hue", "balance", "clip_at"], "over 6 settings", id="six"),
        pytest.param(["ema", "ema=0,0.5"], "named twice", id="twice"),
        pytest.param(["seed=1,2"], "cannot be swept", id="the seed"),
        pytest.param(["iterations=1..2"], "cannot be swept", id="the length"),
        pytest.param(["learning_rate=fast"], "no number", id="a word"),
        pytest.param(["learning_rate=nan..1"], "no number", id="not a number"),
        pytest.param(["learning_rate=0.1..0.01"], "no range", id="backwards"),
        pytest.param(["learning_rate=0..0.1"], "of 0", id="zero by ratio"),
        pytest.param(["learning_rate=0.01..99"], "cannot be trained with", id="beyond the limit"),
        pytest.param(["hue=0..0.9"], "hue is 0.9", id="beyond a strength"),
        pytest.param(["frozen_stages=1.5"], "whole numbers", id="half a stage"),
        pytest.param(["input_size=320..640"], "single values", id="a range of sizes"),
        pytest.param(["ema=0.998"], "is all there is", id="only what there is"),
        pytest.param(["balance=" + ",".join(f"0.{n}" for n in range(10, 30))], "too many", id="twenty values"),
    ],
)
def test_what_cannot_be_swept_is_refused(recipe: Recipe, texts: list[str], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        read_spans(texts, recipe)


def test_a_larger_input_takes_all_sizes_along(recipe: Recipe) -> None:
    larger = with_values(recipe, {INPUT_SIZE: 640})
    assert larger.input_sizes == (448, 512, 640)
    assert (larger.input_max, larger.test_size) == (2 * recipe.input_max, 2 * recipe.test_size)


def test_combinations_are_counted_where_they_can_be(recipe: Recipe) -> None:
    spans = read_spans(["flip_vertical", "ema=0,0.99"], recipe)
    assert combinations(spans) == 6
    assert combinations(read_spans(["flip_vertical", "scale"], recipe)) is None


def test_values_are_worded_as_people_say_them() -> None:
    values = {"learning_rate": 0.0123456, "flip_vertical": 1.0, "ema": 0.998, "input_size": 320.0}
    words = "learning rate 0.0123, flip vertical on, averaged weights (EMA) 0.998, input size 320"
    assert words_of_values(values) == words
