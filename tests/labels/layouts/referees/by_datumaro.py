"""Writes the scene with datumaro, and says what datumaro reads from a folder."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datumaro
import numpy as np

from tests.labels.layouts.referees.scene import CLASSES, LABELS, SIZES, SPLITS, Box, polygon_in, whole_px

Annotate = Callable[[str, Box, int], Any]


def write_all(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Writes the scene in each format; yields its name, its folder, and the format to read it with."""
    plain, split = _dataset(_box), _dataset(_box, SPLITS)
    written: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("coco_instances", "coco", plain, {}),
        ("coco_instances, two subsets", "coco", split, {}),
        ("coco_instances, polygons", "coco", _dataset(_polygon), {}),
        ("coco_instances, run lengths", "coco", _dataset(_mask), {"segmentation_mode": "mask"}),
        ("coco, all tasks", "coco", plain, {}),
        ("coco_person_keypoints", "coco_person_keypoints", _dataset(_keypoints), {}),
        ("cvat", "cvat", plain, {}),
        ("cvat, polygons", "cvat", _dataset(_polygon), {}),
        ("datumaro", "datumaro", plain, {}),
        ("datumaro, two subsets", "datumaro", split, {}),
        ("datumaro, polygons", "datumaro", _dataset(_polygon), {}),
        ("kitti_detection", "kitti_detection", plain, {}),
        ("open_images", "open_images", plain, {}),
        ("open_images, two subsets", "open_images", split, {}),
        ("voc_detection", "voc_detection", plain, {}),
        ("voc_detection, two subsets", "voc_detection", split, {}),
        ("voc, with masks", "voc_detection", _dataset(_mask_and_box), {}),
        ("yolo", "datumaro yolo", split, {}),
        ("yolo_ultralytics", "datumaro yolo", split, {}),
    ]
    for name, read_as, dataset, options in written:
        target = folder / name.replace(", ", "-").replace(" ", "_")
        exporter = name.partition(",")[0]
        dataset.export(str(target), exporter, save_media=True, **options)
        yield name, target, read_as


def read(folder: Path, read_as: str) -> list[tuple[str, str, Box]]:
    """(image without suffix, class, corners in px) of each object that datumaro reads."""
    with tempfile.TemporaryDirectory() as other:
        if read_as == "coco" and not (folder / "annotations").exists():
            folder = _laid_out(folder, Path(other), "images/default", "*.json", "annotations/instances_default.json")
        elif read_as == "voc_detection" and not (folder / "Annotations").exists():
            folder = _laid_out(folder, Path(other), "JPEGImages", "*.xml", "Annotations/{}")
            stems = sorted(path.stem for path in folder.rglob("*.xml"))
            (folder / "ImageSets" / "Main").mkdir(parents=True)
            (folder / "ImageSets" / "Main" / "default.txt").write_text("\n".join(stems) + "\n")
            # Without it, datumaro knows no classes but VOC's.
            (folder / "labelmap.txt").write_text("".join(f"{name}:::\n" for name in ("background", *CLASSES)))
        return _objects(datumaro.Dataset.import_from(str(folder), read_as.removeprefix("datumaro ")))


def _laid_out(folder: Path, target: Path, images: str, pattern: str, labels: str) -> Path:
    """Copies images and label files to where datumaro looks for them: it reads no other layout of a format."""
    for path in folder.rglob("*"):
        if path.suffix == ".jpg":
            goal = target / images / path.relative_to(folder / "images")
        elif path.match(pattern):
            goal = target / labels.format(path.name)
        else:
            continue
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, goal)
    return target


def _objects(dataset: Any) -> list[tuple[str, str, Box]]:
    """The objects of a data set. A box and a mask of one group are one object, which datumaro keeps as two."""
    names = [label.name for label in dataset.categories()[datumaro.AnnotationType.label]]
    objects = []
    for item in dataset:
        seen = set[int]()
        for annotation in sorted(item.annotations, key=lambda one: one.type.name != "bbox"):
            if annotation.type.name not in ("bbox", "polygon", "mask") or annotation.group in seen - {0}:
                continue
            seen.add(annotation.group)
            x, y, width, height = (float(side) for side in annotation.get_bbox())
            objects.append((str(item.id), names[annotation.label], (x, y, x + width, y + height)))
    return objects


def _dataset(annotate: Annotate, splits: dict[str, str] | None = None) -> Any:
    items: list[Any] = []
    count = 0
    for name, (width, height) in SIZES.items():
        grey = np.full((height, width, 3), 128, np.uint8)
        made = [annotate(name, box, CLASSES.index(label)) for label, box in LABELS[name]]
        annotations = []
        for one in made:
            count += 1
            for annotation in one if isinstance(one, list) else [one]:
                annotations.append(annotation.wrap(id=count, group=count))
        items.append(
            datumaro.DatasetItem(
                id=name.rpartition(".")[0],
                subset=splits[name] if splits else "default",
                media=datumaro.Image.from_numpy(grey, ext=".jpg"),
                annotations=annotations,
            )
        )
    return datumaro.Dataset.from_iterable(items, categories=CLASSES)


def _box(name: str, box: Box, label: int) -> Any:
    x1, y1, x2, y2 = box
    return datumaro.Bbox(x1, y1, x2 - x1, y2 - y1, label=label)


def _polygon(name: str, box: Box, label: int) -> Any:
    return datumaro.Polygon(polygon_in(box), label=label)


def _mask(name: str, box: Box, label: int) -> Any:
    width, height = SIZES[name]
    x1, y1, x2, y2 = whole_px(box)
    mask = np.zeros((height, width), dtype=np.uint8)
    mask[y1:y2, x1:x2] = 1
    return datumaro.Mask(mask, label=label)


def _mask_and_box(name: str, box: Box, label: int) -> Any:
    return [_box(name, box, label), _mask(name, box, label)]


def _keypoints(name: str, box: Box, label: int) -> Any:
    x1, y1, x2, y2 = box
    return [_box(name, box, label), datumaro.Points([(x1 + x2) / 2, (y1 + y2) / 2], [2], label=label)]
