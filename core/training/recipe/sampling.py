"""How often each training image is shown: rare classes more often, background by share.

An image's *factor* is how often an epoch shows it on average: 1 without any wish. A factor of 1.4 is one showing and,
in four epochs of ten, a second one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import RecipeError

Factors = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Which classes are on which image. `image` and `category` are (N,) int, one entry an object."""

    images: int
    image: npt.NDArray[np.int64]  # 0 to images - 1
    category: npt.NDArray[np.int64]

    def pairs(self) -> npt.NDArray[np.int64]:
        """(M, 2) distinct pairs of image and class."""
        return np.unique(np.stack([self.image, self.category], axis=1), axis=0)

    def is_background(self) -> npt.NDArray[np.bool_]:
        """(images,) whether an image holds no object."""
        return np.bincount(self.image, minlength=self.images) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """For each class: the share of the images shown that hold it, 0 to 1, as the data is and as a recipe shows it."""

    classes: tuple[str, ...]
    plain: tuple[float, ...]
    shown: tuple[float, ...]
    plain_background: float
    shown_background: float


def exposure_of(
    contents: Contents, classes: tuple[str, ...], balance: float, background_share: float | None
) -> Exposure:
    """How often each class is seen, with and without the two wishes. Raises RecipeError where nothing is shown."""
    if not contents.images:
        raise RecipeError("The training split has no labelled image.", "Import the data set with another split.")
    plain, factors = np.ones(contents.images), image_factors(contents, balance, background_share)
    shares = [tuple(shown_of_classes(contents, each, len(classes)).tolist()) for each in (plain, factors)]
    backgrounds = [shown_background(contents, each) for each in (plain, factors)]
    return Exposure(
        classes=classes,
        plain=shares[0],
        shown=shares[1],
        plain_background=backgrounds[0],
        shown_background=backgrounds[1],
    )


def image_factors(contents: Contents, balance: float, background_share: float | None) -> Factors:
    """(images,) how often an epoch shows each image on average.

    A class on the share f of the images gets max(1, sqrt(balance / f)), an image the largest of its classes (repeat
    factor sampling: LVIS v2, appendix B.2; as Detectron2's RepeatFactorTrainingSampler). Background images are then
    scaled so that they are `background_share` of what is shown. Raises RecipeError where nothing would be shown.
    """
    factors = np.ones(contents.images)
    if balance:
        pairs = contents.pairs()
        share = np.bincount(pairs[:, 1]) / contents.images
        # A class without images has no pair below, so its factor is never read.
        by_class = np.sqrt(np.maximum(1.0, balance / np.maximum(share, 1e-12)))
        np.maximum.at(factors, pairs[:, 0], by_class[pairs[:, 1]])
    if background_share is not None:
        factors = _with_background(factors, contents.is_background(), background_share)
    return factors


def shown_of_classes(contents: Contents, factors: Factors, classes: int) -> Factors:
    """(classes,) the share of the images shown that hold each class, 0 to 1."""
    pairs = contents.pairs()
    shown = np.bincount(pairs[:, 1], weights=factors[pairs[:, 0]], minlength=classes)
    return np.asarray(shown / factors.sum())


def shown_background(contents: Contents, factors: Factors) -> float:
    """The share of the images shown that hold nothing, 0 to 1."""
    return float(factors[contents.is_background()].sum() / factors.sum())


def _with_background(factors: Factors, background: npt.NDArray[np.bool_], share: float) -> Factors:
    labelled, empty = factors[~background].sum(), factors[background].sum()
    if not labelled:
        raise RecipeError("No training image holds an object.", "Leave the share of background as it is.")
    if not empty:  # there is none to show
        return factors
    return np.where(background, factors * (share * labelled / ((1 - share) * empty)), factors)
