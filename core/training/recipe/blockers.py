"""Blockers of a training or an evaluation that follow from the model alone."""

from dataclasses import dataclass

from core.training.recipe.model_catalogue import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A reason why a start is not possible, and the user's remedy."""

    message: str
    remedy: str


def augmentation_blockers(model: Model, is_augmented: bool) -> list[Blocker]:
    """Why the model cannot be evaluated with test-time augmentation; empty if it can, or if it is off."""
    if not is_augmented or model.has_proposals:
        return []
    text = f"{model.title} cannot use mirrored images: test-time augmentation is for models with proposals."
    return [Blocker(message=text, remedy="Leave it off, or choose a model of the R-CNN family.")]
