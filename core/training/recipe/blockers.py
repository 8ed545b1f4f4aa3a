"""What stands in the way of a training or an evaluation, as far as the model alone says."""

from dataclasses import dataclass

from core.training.recipe.model_catalogue import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """Something that stands in the way of starting, and what the user can do about it."""

    message: str
    remedy: str


def augmentation_blockers(model: Model, is_augmented: bool) -> list[Blocker]:
    """Why the model cannot be evaluated with test-time augmentation; empty where it can, or is not asked to."""
    if not is_augmented or model.has_proposals:
        return []
    text = f"{model.title} cannot look at mirrored images: test-time augmentation is for models with proposals."
    return [Blocker(message=text, remedy="Leave it off, or choose a model of the R-CNN family.")]
