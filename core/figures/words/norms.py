"""What training does with the statistics of batch norm, in words."""

from core.figures.words.numbers import counted
from core.training.recipe.norm_statistics import FROZEN, LEAST_IMAGES
from core.training.recipe.recipe import Recipe


def norm_words(recipe: Recipe) -> str:
    """The choice and its reason, as a part of a sentence; "" for a model whose configuration says it all."""
    images = recipe.batch // recipe.devices
    if recipe.norm_statistics == FROZEN:
        are = "is" if images == 1 else "are"
        reason = f"; {counted(images, 'image')} a device {are} too few to measure them"
        return f"statistics frozen{reason if images < LEAST_IMAGES else ''}"
    together = f" of {recipe.devices} devices together" if recipe.devices > 1 else ""
    return f"statistics measured on each batch{together}" if recipe.norm_statistics else ""
