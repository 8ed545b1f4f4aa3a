"""Writes the scene with supervision, and says what supervision reads from a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import supervision
from supervision.config import ORIENTED_BOX_COORDINATES

from tests.labels.layouts.referees.scene import CLASSES, LABELS, SIZES, Box, whole_px, write_images


def write_all(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Writes the scene in each format; yields its name, its folder, and the format to read it with."""
    for name, read_as, has_masks in (
        ("COCO", "coco", False),
        ("COCO, polygons", "coco", True),
        ("Pascal VOC", "voc", False),
        ("Pascal VOC, polygons", "voc", True),
        ("YOLO", "yolo", False),
        ("YOLO, polygons", "yolo", True),
        ("YOLO, oriented boxes", "yolo oriented", False),
        ("LabelMe", "labelme", False),
        ("LabelMe, polygons", "labelme", True),
    ):
        target = folder / name.replace(", ", "-").replace(" ", "_")
        dataset = _dataset(target / "images", has_masks, read_as == "yolo oriented")
        labels = target / "labels"
        if read_as == "coco":
            dataset.as_coco(annotations_path=str(target / "labels.json"))
        elif read_as == "voc":
            dataset.as_pascal_voc(annotations_directory_path=str(labels))
        elif read_as == "labelme":
            dataset.as_labelme(annotations_directory_path=str(labels))
        else:
            dataset.as_yolo(
                annotations_directory_path=str(labels),
                data_yaml_path=str(target / "data.yaml"),
                is_obb=read_as == "yolo oriented",
            )
        yield name, target, read_as


def read(folder: Path, read_as: str) -> list[tuple[str, str, Box]]:
    """(image, class, corners in px) of each object that supervision reads."""
    return [
        (Path(path).name, dataset.classes[number], (box[0], box[1], box[2], box[3]))
        for dataset in _datasets(folder, read_as)
        for path, detections in dataset.annotations.items()
        for box, number in zip(detections.xyxy.tolist(), detections.class_id.tolist(), strict=True)
    ]


def _datasets(folder: Path, read_as: str) -> list[Any]:
    images, labels = str(folder / "images"), str(folder / "labels")
    kind: Any = supervision.DetectionDataset
    if read_as == "coco":
        files = sorted(folder.rglob("*instances*.json")) or sorted(folder.rglob("*.json"))
        return [kind.from_coco(images, str(file)) for file in files]
    if read_as == "voc":
        return [kind.from_pascal_voc(images, labels)]
    if read_as == "labelme":
        return [kind.from_labelme(images, labels)]
    return [kind.from_yolo(images, labels, str(folder / "data.yaml"), is_obb=read_as == "yolo oriented")]


def _dataset(images: Path, has_masks: bool, is_oriented: bool) -> Any:
    annotations = {}
    # supervision keeps no folders below that of the images.
    for written, name in write_images(images, flat=True).items():
        boxes = np.array([box for _, box in LABELS[name]], dtype=np.float64).reshape(-1, 4)
        more: dict[str, Any] = {}
        if has_masks:
            more["mask"] = _masks(name)
        if is_oriented:
            more["data"] = {ORIENTED_BOX_COORDINATES: _corners(boxes)}
        classes = np.array([CLASSES.index(label) for label, _ in LABELS[name]], dtype=int)
        annotations[str(images / written)] = supervision.Detections(xyxy=boxes, class_id=classes, **more)
    return supervision.DetectionDataset(classes=CLASSES, images=list(annotations), annotations=annotations)


def _masks(name: str) -> Any:
    """(N, H, W) masks: each box without its right lower quarter, so that a polygon has six corners."""
    width, height = SIZES[name]
    masks = np.zeros((len(LABELS[name]), height, width), dtype=bool)
    for mask, (_, box) in zip(masks, LABELS[name], strict=True):
        x1, y1, x2, y2 = whole_px(box)
        mask[y1:y2, x1:x2] = True
        mask[(y1 + y2) // 2 : y2, (x1 + x2) // 2 : x2] = False
    return masks


def _corners(boxes: Any) -> Any:
    """(N, 4, 2) corners of boxes, turned so that they stand on a corner inside the box."""
    x1, y1, x2, y2 = boxes.T
    middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2
    points = [(middle_x, y1), (x2, middle_y), (middle_x, y2), (x1, middle_y)]
    return np.stack([np.stack(point, axis=1) for point in points], axis=1)
