import pytest

from core.errors import RecipeError
from core.training.recipe.augmentation import check_augmentation, with_strengths
from core.training.recipe.recipe import Augmentation


def test_single_strengths_replace_those_of_the_preset() -> None:
    base = Augmentation(rotation_deg=10, scale=0.2)
    changed = with_strengths(base, {"scale": "0.4", "flip_vertical": "on", "flip_horizontal": "False"})
    assert changed == Augmentation(flip_horizontal=False, flip_vertical=True, rotation_deg=10, scale=0.4)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        pytest.param("rotaton_deg", "3", "rotation_deg", id="near miss"),
        pytest.param("mosaic", "1", "There are: flip_horizontal", id="unknown"),
        pytest.param("scale", "much", "scale=0.2", id="no number"),
        pytest.param("scale", "nan", "between 0 and 0.9", id="not a number"),
        pytest.param("crop", "1", "between 0 and 0.9", id="nothing left"),
        pytest.param("hue", "-0.1", "between 0 and 0.5", id="negative"),
        pytest.param("flip_vertical", "0.3", "flip_vertical=on", id="a share for a switch"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(name: str, text: str, said: str) -> None:
    with pytest.raises(RecipeError) as refused:
        with_strengths(Augmentation(), {name: text})
    assert said in refused.value.remedy


def test_every_preset_strength_passes() -> None:
    check_augmentation(Augmentation(rotation_deg=15, scale=0.3, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.02))
