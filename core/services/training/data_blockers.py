"""Blockers of a training from its model, weights and data."""

from core.services.training.data import TrainingData, objects_without_mask
from core.training.recipe.blockers import Blocker
from core.training.recipe.bundled_weights import imagenet_file, starter_file
from core.training.recipe.model_catalogue import Model


def model_blockers(model: Model, weights_kind: str, data: TrainingData) -> list[Blocker]:
    """Why this model cannot be trained from weights of this kind on this data; empty if it can."""
    blockers = []
    if weights_kind == "zoo" and not model.has_zoo_weights:
        blockers.append(
            Blocker(
                message=f"{model.title} has no published weights.",
                remedy="Start from random weights or an earlier run.",
            )
        )
    if weights_kind == "starter" and starter_file(model.key) is None:
        blockers.append(
            Blocker(
                message=f"There are no starter weights for {model.title}.",
                remedy="Start from random weights or an earlier run.",
            )
        )
    if weights_kind == "imagenet" and not model.has_imagenet_weights:
        blockers.append(
            Blocker(
                message=f"There are no ImageNet weights for {model.title}.",
                remedy="Start from random weights or an earlier run.",
            )
        )
    if (
        weights_kind == "imagenet" or (weights_kind == "starter" and model.has_imagenet_weights)
    ) and not imagenet_file():
        blockers.append(
            Blocker(
                message="The ImageNet weights are not installed.",
                remedy="Set up again with `make setup`, or start from random weights.",
            )
        )
    if model.needs_polygons and (without := objects_without_mask(data)):
        objects = sum(data.objects[split] for split in ("train", "val"))
        blockers.append(
            Blocker(
                message=f"{model.title} learns masks, but {without:,} of the {objects:,} objects to train and "
                "validate on have a box only.",
                remedy="Choose a model for boxes, such as Faster R-CNN, or import labels with polygons or masks.",
            )
        )
    return blockers
