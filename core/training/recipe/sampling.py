"""Sampling of training images: rare classes more often, background by share.

An image's *factor* is how often an epoch shows it on average; the default is 1. With 1.4 an epoch shows it once, and
four epochs of ten show it twice.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import RecipeError

Factors = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The classes on each image. `image` and `category` are (N,) int, one entry per object."""

    images: int
    image: npt.NDArray[np.int64]  # 0 to images - 1
    category: npt.NDArray[np.int64]

    def pairs(self) -> npt.NDArray[np.int64]:
        """The distinct pairs of image and class, (M, 2)."""
        return np.unique(np.stack([self.image, self.category], axis=1), axis=0)

    def is_background(self) -> npt.NDArray[np.bool_]:
        """Whether each image has no object, (images,)."""
        return np.bincount(self.image, minlength=self.images) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """For each class, the share of shown images that hold it, 0 to 1, without and with the recipe's sampling."""

    classes: tuple[str, ...]
    plain: tuple[float, ...]
    sampled: tuple[float, ...]
    plain_background: float
    sampled_background: float


def exposure_of(
    contents: Contents, classes: tuple[str, ...], balance: float, background_share: float | None
) -> Exposure:
    """How often each class is shown, without and with sampling. Raises RecipeError if nothing would be shown."""
    if not contents.images:
        raise RecipeError("The training split has no labelled image.", "Import the data set with another split.")
    plain, factors = np.ones(contents.images), image_factors(contents, balance, background_share)
    shares = [tuple(shown_of_classes(contents, weights, len(classes)).tolist()) for weights in (plain, factors)]
    backgrounds = [shown_background(contents, weights) for weights in (plain, factors)]
    return Exposure(
        classes=classes,
        plain=shares[0],
        sampled=shares[1],
        plain_background=backgrounds[0],
        sampled_background=backgrounds[1],
    )


def image_factors(contents: Contents, balance: float, background_share: float | None) -> Factors:
    """How often an epoch shows each image on average, (images,).

    A class on the share f of the images gets max(1, sqrt(balance / f)), an image the largest of its classes (repeat
    factor sampling: LVIS v2, appendix B.2; as Detectron2's RepeatFactorTrainingSampler). Background images are then
    scaled so that `background_share` of the shown images are background. Raises RecipeError if nothing would be shown.
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
    """The share of shown images that hold each class, 0 to 1, (classes,)."""
    pairs = contents.pairs()
    per_class = np.bincount(pairs[:, 1], weights=factors[pairs[:, 0]], minlength=classes)
    return np.asarray(per_class / factors.sum())


def shown_background(contents: Contents, factors: Factors) -> float:
    """The share of shown images without objects, 0 to 1. Args: factors, (N,) of the images."""
    return float(factors[contents.is_background()].sum() / factors.sum())


def _with_background(factors: Factors, background: npt.NDArray[np.bool_], share: float) -> Factors:
    labelled, empty = factors[~background].sum(), factors[background].sum()
    if not labelled:
        raise RecipeError("No training image holds an object.", "Leave the share of background as it is.")
    if not empty:  # there is none to show
        return factors
    return np.where(background, factors * (share * labelled / ((1 - share) * empty)), factors)
