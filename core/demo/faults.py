"""Plants known faults in the demo data set, one of every kind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image

from core.images import open_image

IMAGES_NEEDED: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A planted fault: the check that must find it, its file and its 1-based line (0: the whole file)."""

    check: str
    file: str
    line: int = 0


def plant_faults(out: Path, size: int) -> list[Planted]:
    """Plants faults in a written data set of at least IMAGES_NEEDED tiles of `size` px; returns them."""
    tiles = iter(sorted(image.stem for image in (out / "images").iterdir()))
    planted = [_line(out, check, next(tiles), line.format(**_corners(size))) for check, line in _BAD_LINES.items()]
    planted.append(_repeat_a_line(out, next(tiles)))
    planted.append(_orphan(out))
    planted.append(_drop_labels(out, next(tiles)))
    planted.append(_truncate(out, next(tiles)))
    planted.append(_turn(out, next(tiles)))
    planted.append(_copy(out, next(tiles)))
    return planted


# Corners are shares of the image's side, so that each line has exactly one fault at every size.
_BAD_LINES: Final = {
    "malformed-line": "1 40 forty 80 90",
    "unknown-class": "7 {quarter:g} {quarter:g} {half:g} {half:g}",
    "non-finite": "1 20 nan 60 70",
    "over-border": "1 {half:g} {quarter:g} {far:g} {half:g}",
    "swapped-corners": "1 {half:g} {half:g} {quarter:g} {quarter:g}",
    "zero-area": "1 {half:g} {quarter:g} {half:g} {most:g}",
    "tiny-box": "1 {half:g} {half:g} {speck:g} {speck:g}",
    "whole-image-box": "0 0 0 {size:g} {size:g}",
    "odd-aspect": "2 2 {half:g} {most:g} {thin:g}",
}


def _corners(size: int) -> dict[str, float]:
    half = size // 2
    return {
        "quarter": size // 4,
        "half": half,
        "most": size - 2,
        "size": size,
        "far": size + 25,
        "speck": half + 2,
        "thin": half + round(size / 15, 2),
    }


def _line(out: Path, check: str, stem: str, line: str) -> Planted:
    path = out / "labels" / f"{stem}.txt"
    lines = [*path.read_text().splitlines(), line]
    path.write_text("\n".join(lines) + "\n")
    return Planted(check=check, file=f"labels/{stem}.txt", line=len(lines))


def _repeat_a_line(out: Path, stem: str) -> Planted:
    path = out / "labels" / f"{stem}.txt"
    first = (path.read_text().splitlines() or ["1 50 50 90 90"])[0]
    _line(out, "", stem, first)
    return _line(out, "duplicate-object", stem, first)


def _orphan(out: Path) -> Planted:
    (out / "labels" / "no_such_tile.txt").write_text("1 10 10 50 50\n")
    return Planted(check="orphan-label", file="labels/no_such_tile.txt")


def _drop_labels(out: Path, stem: str) -> Planted:
    (out / "labels" / f"{stem}.txt").unlink()
    return Planted(check="image-without-label", file=f"images/{stem}.jpg")


def _truncate(out: Path, stem: str) -> Planted:
    path = out / "images" / f"{stem}.jpg"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return Planted(check="unreadable-image", file=f"images/{stem}.jpg")


def _turn(out: Path, stem: str) -> Planted:
    """Stores the image on its side with the EXIF mark for it; the labels fit the upright image."""
    path = out / "images" / f"{stem}.jpg"
    with open_image(path) as image:
        sideways = image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    sideways.save(path, quality=95, exif=exif)
    return Planted(check="exif-turn", file=f"images/{stem}.jpg")


def _copy(out: Path, stem: str) -> Planted:
    """Copies the image and its labels under another name."""
    copy = f"{stem}_copy"
    for folder, suffix in (("images", ".jpg"), ("labels", ".txt")):
        (out / folder / f"{copy}{suffix}").write_bytes((out / folder / f"{stem}{suffix}").read_bytes())
    return Planted(check="duplicate-image", file=f"images/{copy}.jpg")
