"""Loads what write_fixtures.py wrote: the label files of other programs, and what the referees read from them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.labels.layouts.referees.scene import LABELS, Box

WRITTEN: Final = Path(__file__).parents[1] / "written"
_ALIASES: Final = {"sub_c": "c"}  # datumaro's format joins folders by an underscore


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """A layout as a program wrote it. `read_by` has each referee's objects, or the error that it ended with."""

    program: str
    name: str
    images: dict[str, tuple[int, int]]
    files: dict[str, str]
    read_by: dict[str, list[tuple[str, str, Box]] | str]

    def image_of(self, name: str) -> str:
        """The path of the image of the scene, or of a referee's image, whatever folders and suffix it has."""
        images = [path for path in self.images if path.endswith(".jpg") and _stem(path) == _stem(name)]
        assert len(images) == 1, f"{name} is {images}"
        return images[0]

    def objects(self, moved: Box) -> list[tuple[str, str, Box]]:
        """The scene's objects, with each side moved by some px."""
        return [
            (self.image_of(name), label, _moved(box, moved)) for name, labels in LABELS.items() for label, box in labels
        ]


def fixtures() -> dict[str, Fixture]:
    """All layouts by `program: name`."""
    loaded = {}
    for file in sorted(WRITTEN.glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        for name, layout in document["layouts"].items():
            loaded[f"{document['program']}: {name}"] = Fixture(
                program=document["program"],
                name=name,
                images={path: (size[0], size[1]) for path, size in layout["images"].items()},
                files=layout["files"],
                read_by={referee: _objects(read) for referee, read in layout["read_by"].items()},
            )
    return loaded


def _objects(read: list[list[object]] | str) -> list[tuple[str, str, Box]] | str:
    if isinstance(read, str):
        return read
    return [(str(image), str(name), (box[0], box[1], box[2], box[3])) for image, name, box in read]  # type: ignore[index]


def _moved(box: Box, moved: Box) -> Box:
    x1, y1, x2, y2 = (side + by for side, by in zip(box, moved, strict=True))
    return x1, y1, x2, y2


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0] if name.endswith(".jpg") else name
    return _ALIASES.get(stem, stem)
