from dataclasses import replace
from typing import Any

import pytest

from core.figures.words.norms import norm_words
from core.training.recipe.build import make_recipe
from core.training.recipe.presets import find_preset


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"norm_statistics": None}, "", id="nothing to choose"),
        pytest.param(
            {"norm_statistics": "frozen", "batch": 8, "devices": 2},
            "statistics frozen; 4 images a device are too few to measure them",
            id="frozen by the rule",
        ),
        pytest.param({"norm_statistics": "frozen", "batch": 8}, "statistics frozen", id="frozen by choice"),
        pytest.param(
            {"norm_statistics": "frozen", "batch": 1}, "statistics frozen; 1 image a device is", id="one image"
        ),
        pytest.param({"norm_statistics": "batch", "batch": 8}, "statistics measured on each batch", id="measured"),
        pytest.param(
            {"norm_statistics": "batch", "batch": 16, "devices": 2},
            "statistics measured on each batch of 2 devices together",
            id="measured on two devices",
        ),
    ],
)
def test_the_choice_is_said_with_its_reason(changes: dict[str, Any], words: str) -> None:
    recipe = replace(make_recipe(find_preset("finetune"), 100), **changes)
    assert norm_words(recipe).startswith(words)
    assert bool(norm_words(recipe)) == bool(words)
