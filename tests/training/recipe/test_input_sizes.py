import numpy as np
import pytest

from core.training.recipe.input_sizes import Sides, shares_below

# Two images: 400 x 800 px with objects of 20 and 50 px, 100 x 800 px with one of 20 px.
SIDES = Sides(
    image=np.array([0, 0, 1]),
    object_px=np.array([20.0, 50, 20]),
    short_px=np.array([400.0, 100]),
    long_px=np.array([800.0, 800]),
)


def test_objects_shrink_with_the_input_and_with_the_cap_of_the_long_side() -> None:
    shares = shares_below(SIDES, chosen=200, longest=2.0)
    # By hand at 200 px: the first image is halved (10 and 25 px); the second would be doubled, but its long side may
    # be 400 px at most, so it is halved too (10 px).
    assert shares.at_chosen() == pytest.approx({8: 0, 16: 2 / 3, 32: 1})


def test_a_wider_cap_lets_long_images_grow() -> None:
    assert shares_below(SIDES, chosen=200, longest=16).at_chosen() == pytest.approx({8: 0, 16: 1 / 3, 32: 2 / 3})


def test_the_chosen_size_is_among_the_common_ones_and_shares_fall_with_it() -> None:
    shares = shares_below(SIDES, chosen=777, longest=2.0)
    assert 777 in shares.inputs
    assert list(shares.inputs) == sorted(shares.inputs)
    for below in shares.below.values():
        assert list(below) == sorted(below, reverse=True)


def test_a_split_without_objects_has_none_that_are_small() -> None:
    nothing = Sides(
        image=np.empty(0, np.int64), object_px=np.empty(0), short_px=np.array([100.0]), long_px=np.array([200.0])
    )
    assert shares_below(nothing, 320, 2.0).at_chosen() == {8: 0, 16: 0, 32: 0}
