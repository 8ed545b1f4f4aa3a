"""Sources of a few files, and what an import of them takes: written short, so that a rule's cases fit in a table."""

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.errors import UploadError
from core.labels.findings import Finding, Severity
from core.labels.imports.accounting import accounts_of
from core.labels.imports.examination import Examination, examine, examine_images
from core.labels.imports.options import ImportOptions
from core.labels.imports.plan import ImportPlan, plan_import
from core.labels.label_set import LabelSet
from core.labels.reading.accounts import Account
from core.labels.sources.source_tree import SourceTree
from core.tables import BOX_COLUMNS

# An image is its (width, height) in px; JSON is an object or a list; None is left out.
Files = dict[str, Any]
Box = tuple[str, float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A source as it was examined, and the plan of an import of it (None if nothing is left)."""

    examination: Examination
    plan: ImportPlan | None

    @property
    def labels(self) -> LabelSet:
        """What would be stored."""
        assert self.plan is not None, [finding.message for finding in self.findings]
        return self.plan.labels

    @property
    def boxes(self) -> dict[str, list[Box]]:
        """The objects of each image that has one: (class, x1, y1, x2, y2), to 0.01 px."""
        return boxes_of(self.labels) if self.plan else {}

    @property
    def uses(self) -> dict[str, str]:
        """The use of each image."""
        return dict(zip(self.labels.images["source"], self.labels.images["use"], strict=True)) if self.plan else {}

    @property
    def splits(self) -> dict[str, str]:
        """The split of each image that is in one."""
        named = zip(self.labels.images["source"], self.labels.images["split"], strict=True)
        return {image: split for image, split in named if split}

    @property
    def findings(self) -> list[Finding]:
        """All findings, of the plan too."""
        planned = self.plan.findings if self.plan else []
        return list(dict.fromkeys([*self.examination.report.findings, *planned]))

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """(check, file) of each finding that blocks."""
        return [(finding.check, finding.file) for finding in self.findings if finding.severity is Severity.BLOCKS]

    def said(self, check: str) -> str:
        """The messages of a check, joined."""
        return "\n".join(finding.message for finding in self.findings if finding.check == check)

    @property
    def accounts(self) -> dict[str, Account]:
        """The accounts before the plan and, if there is one, after it."""
        every = {"before": accounts_of(self.examination)}
        if self.plan:
            every["after"] = accounts_of(self.examination, self.plan)
        kinds = ("images", "label_files", "objects", "split_entries")
        return {f"{kind} {when}": getattr(accounts, kind) for when, accounts in every.items() for kind in kinds}


def take(folder: Path, files: Files, **options: Any) -> Taken:
    """Examines a folder with these files, and plans its import without what is blocked.

    Raises UploadError if nothing in it is recognised.
    """
    source = written(folder, files)
    return take_folder(source, **options)


def take_folder(source: Path, **options: Any) -> Taken:
    """Examines a folder, and plans its import without what is blocked."""
    chosen = ImportOptions(**options)
    labels = examine(SourceTree.walk(source), chosen, lambda *_: None)
    examination = examine_images(labels, chosen, lambda *_: None)
    try:
        return Taken(examination=examination, plan=plan_import(examination, chosen))
    except UploadError:
        return Taken(examination=examination, plan=None)


def written(folder: Path, files: Files) -> Path:
    """The folder with these files in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(_bytes(name, content))
    return folder


def boxes_of(labels: LabelSet) -> dict[str, list[Box]]:
    """The objects of each image that has one."""
    sources = dict(zip(labels.images["image_id"], labels.images["source"], strict=True))
    names = labels.categories["name"].tolist()
    found: dict[str, list[Box]] = {}
    columns = labels.annotations[["image_id", "category_id", *BOX_COLUMNS]]
    for image_id, category, *corners in columns.itertuples(index=False):
        x1, y1, x2, y2 = (round(float(corner), 2) for corner in corners)
        found.setdefault(sources[image_id], []).append((names[category], x1, y1, x2, y2))
    return found


def image(width: int = 80, height: int = 60, *, name: str = "a.png", exif: int = 0) -> bytes:
    """An image of noise that no other name has; `exif` is its orientation, stored as JPEG."""
    return _image(width, height, name, exif)


@cache
def _image(width: int, height: int, name: str, exif: int) -> bytes:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    drawn = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    if exif:
        data = Image.Exif()
        data[0x0112] = exif
        drawn.save(buffer, "JPEG", exif=data)
    else:
        drawn.save(buffer, "PNG" if name.lower().endswith(".png") else "JPEG")
    return buffer.getvalue()


def _bytes(name: str, content: Any) -> bytes:
    if isinstance(content, tuple):
        return _image(content[0], content[1], name, 0)
    if isinstance(content, dict | list):
        content = json.dumps(content)
    return bytes(content) if isinstance(content, bytes) else str(content).encode()


def voc(name: str, *objects: tuple[Any, ...], size: tuple[int, int] | None = (80, 60), folder: str = "x") -> str:
    """A Pascal VOC file: objects are (class, xmin, ymin, xmax, ymax)."""
    sides = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>" if size else ""
    boxes = "".join(
        f"<object><name>{label}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
        "</bndbox></object>"
        for label, x1, y1, x2, y2 in objects
    )
    return f"<annotation><folder>{folder}</folder><filename>{name}</filename>{sides}{boxes}</annotation>"


def coco(images: list[Any], annotations: list[Any], names: list[str] | None = None) -> dict[str, Any]:
    """A COCO document: images are names or records, annotations (image number, class number, x, y, width, height)."""
    listed = [
        {"id": number, **({"file_name": given, "width": 80, "height": 60} if isinstance(given, str) else given)}
        for number, given in enumerate(images, 1)
    ]
    objects = [
        given
        if isinstance(given, dict)
        else {"id": number, "image_id": given[0], "category_id": given[1], "bbox": list(given[2:])}
        for number, given in enumerate(annotations, 1)
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(names or ["cat", "dog"], 1)]
    return {"images": listed, "annotations": objects, "categories": categories}


def yolo(label: str, x1: float, y1: float, x2: float, y2: float, size: tuple[int, int] = (80, 60)) -> str:
    """A line of YOLO, from corners in px."""
    width, height = size
    numbers = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
    return " ".join([label, *(f"{value:.6f}" for value in numbers)]) + "\n"
