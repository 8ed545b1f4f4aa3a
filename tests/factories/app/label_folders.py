"""Sources whose labels can be read in more than one way, or whose lists of class names contradict each other."""

from io import BytesIO
from pathlib import Path

from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.reading.reading import Reading
from core.labels.reading.settled import GroupReading
from core.labels.sources.source_tree import SourceTree
from tests.factories.app.uploads import folder_of
from tests.factories.sources import make_image

SIZE = (320, 240)
# As corners in px each of these has its corners swapped; as centre and size all lie in the image.
CENTRES_PX = "0 160 120 60 40\n0 100 90 30 50\n0 240 180 80 60\n"
# x2 y2 x1 y1: no reading fits, so the user must say.
SWAPPED = "".join(f"0 {290 + k} {200 + k} {150 + k} {100 + k}\n" for k in range(6))
# Shares: a box with a score and a track, or a triangle.
UNCLEAR = "0 0.4 0.5 0.2 0.3 0.9 0.1\n0 0.6 0.4 0.2 0.2 0.8 0.2\n"
PLAIN = "0 0.4 0.5 0.2 0.3\n1 0.7 0.3 0.2 0.2\n"


def image_bytes(seed: int = 0, size: tuple[int, int] = SIZE) -> bytes:
    """An image of coarse noise as PNG."""
    content = BytesIO()
    make_image(size, seed).save(content, "PNG")
    return content.getvalue()


def label_folder(folder: Path, labels: list[str], lists: dict[str, str] | None = None) -> Path:
    """A folder with `images/p0.png` …, their label files, and lists of class names (`classes.txt` with cat and dog)."""
    files: dict[str, bytes | str] = dict({"classes.txt": "cat\ndog\n"} if lists is None else lists)
    for number, text in enumerate(labels):
        files[f"images/p{number}.png"] = image_bytes(number)
        files[f"labels/p{number}.txt"] = text
    return folder_of(folder, files)


def read_folder(folder: Path, **options: object) -> Reading:
    """The reading of a folder with these options."""
    return read_source(SourceTree.walk(folder), ReadOptions(**options))  # type: ignore[arg-type]


def group_of(reading: Reading, key: str) -> GroupReading:
    """The group of this key."""
    (group,) = [group for group in reading.groups if group.key == key]
    return group
