"""What stands in the way of a training, as far as model, weights and data go."""

from core.services.training.data import TrainingData, objects_without_mask
from core.training.recipe.blockers import Blocker
from core.training.recipe.model_catalogue import Model, starter_file


def model_blockers(model: Model, weights_kind: str, data: TrainingData) -> list[Blocker]:
    """Why this model cannot be trained from such weights on this data; empty where it can."""
    found = []
    if weights_kind == "zoo" and not model.has_zoo_weights:
        found.append(
            Blocker(
                message=f"{model.title} has no published weights.",
                remedy="Start from random weights or an earlier run.",
            )
        )
    if weights_kind == "starter" and starter_file(model.key) is None:
        found.append(
            Blocker(
                message=f"There are no starter weights for {model.title}.",
                remedy="Start from random weights or an earlier run.",
            )
        )
    if model.needs_polygons and (without := objects_without_mask(data)):
        objects = sum(data.objects[split] for split in ("train", "val"))
        found.append(
            Blocker(
                message=f"{model.title} learns masks, but {without:,} of the {objects:,} objects to train and "
                "validate on have a box only.",
                remedy="Choose a model for boxes, such as Faster R-CNN, or import labels with polygons or masks.",
            )
        )
    return found
