"""Sentences on what more images would add to a model."""

from core.figures.words.numbers import signed
from core.training.metrics.more_images import GAIN, LITTLE, Gain


def gain_words(name: str, gain: Gain) -> str:
    """One sentence on twice the images of a class (`name` "": of all): `Twice the `crane` images: +2.0 to +5.1 AP.`"""
    images = f"Twice the `{name}` images" if name else "Twice the images"
    if gain.low is None or gain.high is None:
        return f"{images}: cannot say, because {gain.reason}."
    span = f"{signed(gain.low)} to {signed(gain.high)} AP"
    if gain.verdict == GAIN:
        return f"{images}: {span}."
    if gain.verdict == LITTLE:
        return f"{images}: {span}, so more of them bring little."
    return f"{images}: cannot say, because {gain.reason}; anything from {span} fits."


LIMITS = (
    "Each share has the same number of steps, and its best checkpoint on validation counts. The estimate takes the law "
    "of the curve from three shares, so it reaches to twice the images and no further. Its interval holds the chance "
    "of training and of the choice of images, not that of the validation images, which all runs share. The images of "
    "all classes grow together: more images of one class alone may bring less, or more. New images are taken to be "
    "like those that are there."
)
