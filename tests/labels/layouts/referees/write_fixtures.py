"""Writes one JSON for each program: the label files that it writes, and what every referee reads from them.

Runs in the virtual environment of make_fixtures.py. A program that cannot read a layout is noted with its error: that
says nothing about the layout.
"""

import importlib.metadata
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.labels.layouts.referees import by_datumaro, by_labelformat, by_pycocotools, by_supervision

PROGRAMS: dict[str, Any] = {
    "datumaro": by_datumaro,
    "labelformat": by_labelformat,
    "supervision": by_supervision,
    "pycocotools": by_pycocotools,
}
# What each referee calls the formats that another program writes; it is asked about no others.
OTHERS: dict[str, dict[str, str]] = {
    "datumaro": {"coco": "coco", "cvat": "cvat", "voc": "voc_detection"},
    "labelformat": {"coco": "coco", "cvat": "cvat", "voc": "voc", "voc_detection": "voc"},
    "supervision": {"coco": "coco", "voc": "voc", "yolo": "yolo", "yolo polygons": "yolo"},
    "pycocotools": {"coco": "coco"},
}  # fmt: skip


def main(target: Path) -> None:
    """Writes the JSON of each program into the folder `target`."""
    for program, module in PROGRAMS.items():
        with tempfile.TemporaryDirectory() as folder:
            layouts = {name: _layout(program, at, read_as) for name, at, read_as in module.write_all(Path(folder))}
        version = importlib.metadata.version(program)
        document = {"program": program, "version": version, "layouts": layouts}
        (target / f"{program}.json").write_text(_to_text(document, 4) + "\n", encoding="utf-8")


def _to_text(value: Any, levels: int) -> str:
    """JSON with a line for each file and each referee: objects of the first `levels` levels are spread over lines."""
    if not isinstance(value, dict) or not levels:
        return json.dumps(value, ensure_ascii=False)
    lines = [f"{json.dumps(key, ensure_ascii=False)}: {_to_text(inner, levels - 1)}" for key, inner in value.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _layout(program: str, folder: Path, read_as: str) -> dict[str, Any]:
    images, files = {}, {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".jpg", ".png"):
            with Image.open(path) as image:
                images[name] = list(image.size)
        else:
            files[name] = path.read_text(encoding="utf-8")
    return {"images": images, "files": files, "read_by": _readings(program, folder, read_as)}


def _readings(program: str, folder: Path, read_as: str) -> dict[str, Any]:
    readings: dict[str, Any] = {}
    for referee, module in PROGRAMS.items():
        as_named = read_as if referee == program else OTHERS[referee].get(read_as)
        if as_named is None:
            continue
        try:
            objects = module.read(folder, as_named)
        # A referee's fault is a fact about the referee; any kind of it.
        except Exception as error:
            readings[referee] = _in_words(error)
            continue
        readings[referee] = [[image, name, [round(side, 3) for side in box]] for image, name, box in objects]
    return readings


def _in_words(error: BaseException) -> str:
    """The error that was raised first, without the paths of the machine."""
    while error.__cause__ is not None:
        error = error.__cause__
    return re.sub(r"/[^\s'\"]+/", "", f"{type(error).__name__}: {error}")[:200]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
