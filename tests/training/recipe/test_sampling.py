import numpy as np
import pytest

from core.errors import RecipeError
from core.training.recipe.sampling import Contents, image_factors, shown_background, shown_of_classes

# Ten images: class 0 on eight of them, class 1 on two, class 2 on one that has class 0 too, and one with nothing.
IMAGE = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 1])
CATEGORY = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1])
CONTENTS = Contents(images=10, image=IMAGE, category=CATEGORY)


def test_without_a_wish_every_image_is_shown_once_an_epoch() -> None:
    np.testing.assert_array_equal(image_factors(CONTENTS, 0, None), np.ones(10))


def test_an_image_is_repeated_by_its_rarest_class() -> None:
    factors = image_factors(CONTENTS, 0.4, None)
    # By hand: class 1 is on 2 of 10 images, class 2 on 1 of 10; class 0 is above the threshold.
    np.testing.assert_allclose(factors, [1, 2**0.5, 1, 1, 1, 1, 1, 2, 2**0.5, 1])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_background_is_the_share_that_was_asked_for(share: float) -> None:
    factors = image_factors(CONTENTS, 0.4, share)
    assert shown_background(CONTENTS, factors) == pytest.approx(share)


def test_a_set_without_background_stays_as_it_is() -> None:
    full = Contents(images=9, image=IMAGE, category=CATEGORY)
    np.testing.assert_array_equal(image_factors(full, 0, 0.5), np.ones(9))


def test_a_set_of_background_alone_cannot_be_mixed() -> None:
    nothing = Contents(images=3, image=np.empty(0, np.int64), category=np.empty(0, np.int64))
    with pytest.raises(RecipeError, match="No training image holds an object"):
        image_factors(nothing, 0, 0.5)


def test_balance_shows_rare_classes_more_often() -> None:
    plain, balanced = (
        shown_of_classes(CONTENTS, image_factors(CONTENTS, threshold, None), 4) for threshold in (0.0, 0.4)
    )
    # Class 3 is on no image.
    np.testing.assert_allclose(plain, [0.8, 0.2, 0.1, 0.0])
    np.testing.assert_allclose(balanced, np.array([7 + 2 + 2**0.5 - 1, 2 * 2**0.5, 2, 0]) / (9 + 2 * 2**0.5))
