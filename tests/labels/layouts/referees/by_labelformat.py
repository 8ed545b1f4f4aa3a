"""Writes the scene with labelformat, and says what labelformat reads from a folder."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from labelformat.formats import (
    COCOInstanceSegmentationOutput,
    COCOObjectDetectionInput,
    COCOObjectDetectionOutput,
    CVATObjectDetectionInput,
    CVATObjectDetectionOutput,
    KittiObjectDetectionInput,
    KittiObjectDetectionOutput,
    PascalVOCObjectDetectionInput,
    PascalVOCObjectDetectionOutput,
    YOLOv8InstanceSegmentationInput,
    YOLOv8InstanceSegmentationOutput,
    YOLOv8ObjectDetectionInput,
    YOLOv8ObjectDetectionOutput,
)
from labelformat.model.binary_mask_segmentation import BinaryMaskSegmentation
from labelformat.model.bounding_box import BoundingBox
from labelformat.model.category import Category
from labelformat.model.image import Image
from labelformat.model.instance_segmentation import (
    ImageInstanceSegmentation,
    InstanceSegmentationInput,
    SingleInstanceSegmentation,
)
from labelformat.model.multipolygon import MultiPolygon
from labelformat.model.object_detection import ImageObjectDetection, ObjectDetectionInput, SingleObjectDetection

from tests.labels.layouts.referees.scene import (
    CLASSES,
    FLAT,
    LABELS,
    SIZES,
    Box,
    polygon_in,
    whole_px,
    write_images,
)

_YAML, _SPLIT = "data.yaml", "train"
_CATEGORIES = [Category(id=number, name=name) for number, name in enumerate(CLASSES)]


class _Boxes(ObjectDetectionInput):
    """The scene as labelformat's model of boxes."""

    def __init__(self, *, flat: bool = False) -> None:
        self.flat = flat

    @staticmethod
    def add_cli_arguments(parser: Any) -> None:
        raise NotImplementedError

    def get_categories(self) -> Iterable[Any]:
        return _CATEGORIES

    def get_images(self) -> Iterable[Any]:
        return _images(self.flat)

    def get_labels(self) -> Iterable[Any]:
        for image, labels in zip(_images(self.flat), LABELS.values(), strict=True):
            objects = [
                SingleObjectDetection(category=_category(name), box=BoundingBox(*(float(side) for side in box)))
                for name, box in labels
            ]
            yield ImageObjectDetection(image=image, objects=objects)


class _Polygons(InstanceSegmentationInput):
    """The scene as labelformat's model of polygons, or of masks."""

    def __init__(self, *, as_masks: bool = False) -> None:
        self.as_masks = as_masks

    @staticmethod
    def add_cli_arguments(parser: Any) -> None:
        raise NotImplementedError

    def get_categories(self) -> Iterable[Any]:
        return _CATEGORIES

    def get_images(self) -> Iterable[Any]:
        return _images(False)

    def get_labels(self) -> Iterable[Any]:
        for image, labels in zip(_images(False), LABELS.values(), strict=True):
            objects = [
                SingleInstanceSegmentation(
                    category=_category(name), segmentation=_mask(image, box) if self.as_masks else _polygon(box)
                )
                for name, box in labels
            ]
            yield ImageInstanceSegmentation(image=image, objects=objects)


def write_all(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Writes the scene in each format; yields its name, its folder, and the format to read it with."""
    polygons, masks = _Polygons(), _Polygons(as_masks=True)
    for name, read_as, output, labels in (
        ("COCO", "coco", lambda to: COCOObjectDetectionOutput(to / "labels.json"), _Boxes()),
        ("COCO, polygons", "coco", lambda to: COCOInstanceSegmentationOutput(to / "labels.json"), polygons),
        ("COCO, run lengths", "coco", lambda to: COCOInstanceSegmentationOutput(to / "labels.json"), masks),
        ("CVAT task", "cvat", lambda to: CVATObjectDetectionOutput(to, "task"), _Boxes()),
        ("CVAT project", "cvat", lambda to: CVATObjectDetectionOutput(to, "project"), _Boxes()),
        ("KITTI", "kitti", lambda to: KittiObjectDetectionOutput(to / "labels"), _Boxes()),
        ("Pascal VOC", "voc", lambda to: PascalVOCObjectDetectionOutput(to / "labels"), _Boxes(flat=True)),
        ("YOLOv8", "yolo", lambda to: YOLOv8ObjectDetectionOutput(to / _YAML, _SPLIT), _Boxes()),
        ("YOLOv8, polygons", "yolo polygons",
         lambda to: YOLOv8InstanceSegmentationOutput(to / _YAML, _SPLIT), polygons),
    ):  # fmt: skip
        target = folder / name.replace(", ", "-").replace(" ", "_")
        write_images(target / "images", flat=read_as == "voc")
        output(target).save(labels)
        yield name, target, read_as


def read(folder: Path, read_as: str) -> list[tuple[str, str, Box]]:
    """(image as the format names it, class, corners in px) of each object that labelformat reads."""
    if read_as == "yolo polygons":
        return _polygon_boxes(YOLOv8InstanceSegmentationInput(folder / _YAML, _SPLIT))
    return [
        (label.image.filename, one.category.name, (one.box.xmin, one.box.ymin, one.box.xmax, one.box.ymax))
        for source in _inputs(folder, read_as)
        for label in source.get_labels()
        for one in label.objects
    ]


def _inputs(folder: Path, read_as: str) -> list[Any]:
    """labelformat's readers: one for each file of COCO and CVAT, and for each folder of VOC."""
    names = ",".join(CLASSES)
    if read_as == "coco":
        files = sorted(folder.rglob("*instances*.json")) or sorted(folder.rglob("*.json"))
        return [COCOObjectDetectionInput(file) for file in files]
    if read_as == "cvat":
        return [CVATObjectDetectionInput(file) for file in sorted(folder.rglob("*.xml"))]
    if read_as == "kitti":
        return [KittiObjectDetectionInput(folder / "labels", names, "../images")]
    if read_as == "voc":
        folders = sorted({file.parent for file in folder.rglob("*.xml")})
        return [PascalVOCObjectDetectionInput(each, names) for each in folders]
    return [YOLOv8ObjectDetectionInput(folder / _YAML, _SPLIT)]


def _polygon_boxes(source: Any) -> list[tuple[str, str, Box]]:
    objects = []
    for label in source.get_labels():
        for one in label.objects:
            box = one.segmentation.bounding_box()
            objects.append((label.image.filename, one.category.name, (box.xmin, box.ymin, box.xmax, box.ymax)))
    return objects


def _images(flat: bool) -> list[Any]:
    return [
        Image(id=number, filename=FLAT[name] if flat else name, width=width, height=height)
        for number, (name, (width, height)) in enumerate(SIZES.items())
    ]


def _category(name: str) -> Any:
    return _CATEGORIES[CLASSES.index(name)]


def _polygon(box: Box) -> Any:
    points = polygon_in(box)
    return MultiPolygon(polygons=[list(zip(points[::2], points[1::2], strict=True))])


def _mask(image: Any, box: Box) -> Any:
    x1, y1, x2, y2 = whole_px(box)
    mask = np.zeros((image.height, image.width), dtype=np.int_)
    mask[y1:y2, x1:x2] = 1
    return BinaryMaskSegmentation.from_binary_mask(mask, BoundingBox(float(x1), float(y1), float(x2), float(y2)))
