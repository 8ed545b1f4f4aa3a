"""Facts of images of every kind, and how they are stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.labels.images.scan import read_fact, read_facts
from core.labels.images.store_images import place_images, stored_names
from core.labels.sources.source_tree import SourceTree
from core.settings import Limits
from tests.factories.sources import make_image

Write = Callable[[Path], object]
SOUND = make_image()


def grey16(path: Path) -> None:
    """A 16-bit image from 1,000 to 2,000."""
    Image.fromarray(np.linspace(1000, 2000, 64 * 48).reshape(48, 64).astype(np.uint16)).save(path)


def half_transparent(path: Path) -> None:
    """Red, at half opacity."""
    Image.new("RGBA", (64, 48), (255, 0, 0, 128)).save(path)


def truncated(path: Path) -> None:
    """A JPEG without its end."""
    SOUND.resize((400, 300)).save(path)
    path.write_bytes(path.read_bytes()[:-2000])


@pytest.mark.parametrize(
    ("name", "write", "says"),
    [
        pytest.param("a.jpg", lambda path: SOUND.save(path), "", id="JPEG"),
        pytest.param("a.jpg", lambda path: SOUND.convert("L").save(path), "", id="grey JPEG"),
        pytest.param("a.png", lambda path: SOUND.quantize(16).save(path), "", id="palette"),
        pytest.param("a.png", lambda path: SOUND.convert("RGBA").save(path), "", id="RGBA without transparency"),
        pytest.param("a.webp", lambda path: SOUND.save(path), "", id="WebP"),
        pytest.param("a.png", half_transparent, "is transparent in places", id="RGBA"),
        pytest.param("a.png", grey16, "has more than 8 bits", id="16 bits"),
        pytest.param("a.jpg", lambda path: SOUND.convert("CMYK").save(path), "has the colour mode CMYK", id="CMYK"),
        pytest.param("a.tif", lambda path: SOUND.save(path), "is TIFF", id="TIFF"),
        pytest.param(
            "a.gif", lambda path: SOUND.save(path, save_all=True, append_images=[make_image(seed=5)]), "has 2 frames",
            id="animated",
        ),
    ],
)  # fmt: skip
def test_an_image_is_stored_so_that_everyone_can_read_it(name: str, write: Write, says: str, tmp_path: Path) -> None:
    write(tmp_path / name)
    fact = read_fact(1, tmp_path / name, Limits())
    assert (fact.problem, fact.width, fact.height) == ("", 64, 48)
    assert fact.conversion.startswith(says)
    assert bool(fact.conversion) == bool(says)
    (stored_name,) = stored_names([name], [bool(says)])
    images = pd.DataFrame({"image_id": [1], "source": [name], "file_name": [stored_name]})
    frame = read_facts(images, SourceTree.walk(tmp_path), lambda *_: None)
    place_images(images, frame, tmp_path.joinpath, tmp_path / "out", False, lambda *_: None)
    stored = tmp_path / "out" / stored_name
    with Image.open(stored) as image:
        assert image.size == (64, 48)
        assert image.format == ("PNG" if says else Image.open(tmp_path / name).format)
    assert (stored.read_bytes() == (tmp_path / name).read_bytes()) == (not says)


def test_deep_pixels_are_stretched_and_transparency_is_laid_on_white(tmp_path: Path) -> None:
    grey16(tmp_path / "deep.png")
    half_transparent(tmp_path / "red.png")
    images = pd.DataFrame({"image_id": [1, 2], "source": ["deep.png", "red.png"], "file_name": ["d.png", "r.png"]})
    frame = read_facts(images, SourceTree.walk(tmp_path), lambda *_: None)
    place_images(images, frame, tmp_path.joinpath, tmp_path / "out", False, lambda *_: None)
    with Image.open(tmp_path / "out" / "d.png") as deep, Image.open(tmp_path / "out" / "r.png") as red:
        assert deep.getextrema() == (0, 255)
        assert red.getpixel((0, 0)) == (255, 127, 127)


@pytest.mark.parametrize(
    ("write", "says"),
    [
        pytest.param(lambda path: path.write_bytes(b"text"), "no image", id="no image"),
        pytest.param(
            truncated,
            "cut off: the last 59 of 300 rows (20%) are missing or incomplete",
            id="truncated",
        ),
        pytest.param(lambda path: None, "the file is not there", id="missing"),
    ],
)
def test_an_image_that_cannot_be_read_says_why(write: Write, says: str, tmp_path: Path) -> None:
    write(tmp_path / "a.jpg")
    assert read_fact(1, tmp_path / "a.jpg", Limits()).problem.startswith(says)


def test_an_image_above_the_limit_is_not_decoded(tmp_path: Path) -> None:
    SOUND.save(tmp_path / "a.png")
    assert "64 x 48 pixels" in read_fact(1, tmp_path / "a.png", Limits(image_pixels=3000)).problem


def test_the_pixels_hash_sees_through_the_file_format_and_the_turn(tmp_path: Path) -> None:
    SOUND.save(tmp_path / "a.png")
    SOUND.save(tmp_path / "b.bmp")
    exif = Image.Exif()
    exif[0x0112] = 6
    SOUND.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "c.png", exif=exif)
    hashes = {read_fact(1, tmp_path / name, Limits()).pixels_hash for name in ("a.png", "b.bmp", "c.png")}
    assert len(hashes) == 1


def test_stored_names_are_safe_and_unique_by_stem_in_any_case() -> None:
    sources = ["a/x.jpg", "b/X.png", "c/x.jpg", "../é <b>.JPG", "...jpg"]
    names = stored_names(sources, [False, False, True, False, False])
    assert names[:3] == ["x.jpg", "X-2.png", "x-3.png"]
    assert names[3].endswith(".jpg")
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for name in names)
    assert len({Path(name).stem.lower() for name in names}) == 5


@pytest.mark.parametrize("orientation", [1, 6], ids=["upright", "turned"])
def test_a_jpeg_that_lacks_its_last_bytes_is_stored_as_it_was_decoded(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    SOUND.resize((400, 300)).save(tmp_path / "a.jpg", exif=exif)
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[:-20])
    images = pd.DataFrame({"image_id": [1], "source": ["a.jpg"], "file_name": ["a.jpg"]})
    facts = read_facts(images, SourceTree.walk(tmp_path), lambda *_: None)
    fact = facts.iloc[0]
    assert (fact["problem"], bool(fact["is_cut_off"]), fact["missing_rows"] <= 15) == ("", True, True)
    place_images(images, facts, tmp_path.joinpath, tmp_path / "out", False, lambda *_: None)
    # Pillow raises for a file that is cut off.
    with Image.open(tmp_path / "out" / "a.jpg") as stored:
        stored.load()
        assert stored.size == ((400, 300) if orientation == 1 else (300, 400))


def test_broken_exif_data_are_noted_and_the_image_is_kept_as_it_is(tmp_path: Path) -> None:
    SOUND.save(tmp_path / "a.jpg", exif=b"Exif\0\0garbage")
    fact = read_fact(1, tmp_path / "a.jpg", Limits())
    assert (fact.problem, fact.conversion, fact.exif_fault) == ("", "", "they begin with something else")
