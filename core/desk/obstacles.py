"""What stands in the way of a training, as far as model and weights go. Used by core.desk.plans."""

from dataclasses import dataclass

from core.desk.training_data import TrainingData, objects_without_outline
from core.training.catalogue import Model
from core.training.starter import starter_file


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands in the way of starting, and what the user can do about it."""

    message: str
    remedy: str


def model_obstacles(model: Model, weights_kind: str, data: TrainingData) -> list[Obstacle]:
    """Why this model cannot be trained from such weights on this data; empty where it can."""
    found = []
    if weights_kind == "zoo" and not model.has_zoo_weights:
        found.append(
            Obstacle(f"{model.title} has no published weights.", "Start from random weights or an earlier run.")
        )
    if weights_kind == "starter" and starter_file(model.key) is None:
        found.append(
            Obstacle(f"There are no starter weights for {model.title}.", "Start from random weights or an earlier run.")
        )
    if model.needs_polygons and (without := objects_without_outline(data)):
        objects = sum(data.objects[split] for split in ("train", "val"))
        found.append(
            Obstacle(
                f"{model.title} learns outlines, but {without:,} of the {objects:,} objects to train and validate on "
                "have a box only.",
                "Choose a model for boxes, such as Faster R-CNN, or import labels with polygons or masks.",
            )
        )
    return found


def look_obstacles(model: Model, looks_again: bool) -> list[Obstacle]:
    """Why the model cannot be judged with test-time augmentation; empty where it can, or nobody wants it to."""
    if not looks_again or model.has_proposals:
        return []
    text = f"{model.title} cannot look at mirrored pictures: test-time augmentation is for models with proposals."
    return [Obstacle(text, "Leave it off, or choose a model of the R-CNN family.")]
