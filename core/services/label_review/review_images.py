"""Draws a label issue: its part of the image with the label and the model's box."""

from typing import Any

from core.errors import AppError
from core.evaluation.ignored_regions import EVERY_CLASS, REGION_NAME
from core.figures.colours import FALSE_POSITIVE, IGNORED, TRUTH
from core.figures.images import Box, DrawnBox, image_round_boxes, placeholder
from core.services.evaluation.opened import OpenEvaluation, image_file
from core.settings import Settings
from core.tables import boxes_xyxy


def label_issue_image(
    settings: Settings, evaluation: OpenEvaluation, label_issue: dict[str, Any], long_side: int
) -> bytes:
    """JPEG bytes of the image around a label issue (a row of core.evaluation.matching.label_issues.LABEL_ISSUES).

    Labels are white, the disputed one with its class, ignored regions grey; the model's box is orange, with its class
    and score. A grey image says if the image was not given or cannot be read.
    """
    names = evaluation.class_names
    truths = evaluation.truth.annotations
    on_it = truths[truths["image_id"] == label_issue["image_id"]]
    drawn = []
    for key, category_id, corners in zip(
        on_it["annotation_id"].tolist(), on_it["category_id"].tolist(), boxes_xyxy(on_it).tolist(), strict=True
    ):
        is_disputed = key == label_issue["annotation_id"]
        is_region = category_id == EVERY_CLASS
        label = f"label: {names[category_id]}" if is_disputed else REGION_NAME if is_region else ""
        colour = IGNORED if is_region else TRUTH
        drawn.append(DrawnBox(corners=_box(corners), colour=colour, label=label, is_hatched=is_region))
    predicted = _box([label_issue[name] for name in ("x1", "y1", "x2", "y2")])
    drawn.append(
        DrawnBox(
            corners=predicted,
            colour=FALSE_POSITIVE,
            label=f"model: {names[label_issue['category_id']]} {label_issue['score']:.2f}",
        )
    )
    try:
        path = image_file(settings, evaluation, int(label_issue["image_id"]))
        return image_round_boxes(path, drawn, predicted, long_side)
    except AppError:
        return placeholder("No image", long_side)
    except (OSError, ValueError):
        return placeholder("This image cannot be read", long_side)


def _box(corners: list[float]) -> Box:
    x1, y1, x2, y2 = (float(value) for value in corners)
    return x1, y1, x2, y2
