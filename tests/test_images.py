"""Image files by their content: only the listed formats are opened, and PostScript starts no Ghostscript anywhere."""

import ast
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from core import images
from core.errors import AppError
from core.figures.images import image_with_boxes
from core.images import FORMATS, READS_HEIF, ForeignFormatError, format_name, open_image
from core.labels.images.image_header import ImageHeaderError, read_header
from core.labels.images.scan import read_fact
from core.report.image_bytes import small_image
from core.settings import Limits
from core.workspace.layout import Layout
from core.workspace.thumbnails import make_crop, make_thumbnail

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parent.parent
EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 64 48
%%EndComments
newpath 0 0 moveto 64 48 lineto stroke
%%EOF
"""
# A stand-in for Ghostscript: it leaves a mark, answers --version, and else fails.
GS = '#!/bin/sh\necho "$@" >> "{mark}"\n[ "$1" = --version ] && echo 10.0 && exit 0\nexit 1\n'


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that the stand-in `gs` leaves when somebody starts it."""
    folder, mark = tmp_path / "bin", tmp_path / "gs was started"
    folder.mkdir()
    program = folder / "gs"
    program.write_text(GS.format(mark=mark))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    # Pillow looks for the program once.
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    yield mark


@pytest.fixture
def postscript(tmp_path: Path) -> Path:
    path = tmp_path / "drawing.png"
    path.write_bytes(EPS)
    return path


def test_the_stand_in_would_be_started_by_pillow_itself(mark: Path, postscript: Path) -> None:
    with pytest.raises((OSError, subprocess.CalledProcessError)), Image.open(postscript) as image:
        image.load()
    assert mark.exists()


def _facts(path: Path, _layout: Layout) -> None:
    assert "PostScript" in read_fact(1, path, Limits()).problem


def _header(path: Path, _layout: Layout) -> None:
    read_header(path, Limits())


def _drawn(path: Path, _layout: Layout) -> None:
    image_with_boxes(path, [])


def _drawn_from_memory(path: Path, _layout: Layout) -> None:
    image_with_boxes(io.BytesIO(path.read_bytes()), [])


def _thumbnail(path: Path, layout: Layout) -> None:
    make_thumbnail(layout, path, "ab" * 32, 320)


def _crop(path: Path, layout: Layout) -> None:
    make_crop(layout, path, "ab" * 32, (0, 0, 8, 8), 320)


def _in_a_report(path: Path, _layout: Layout) -> None:
    small_image(path, 10_000)


def _in_training(path: Path, _layout: Layout) -> None:
    # Imported here: torch takes seconds, which the other cases need not wait for.
    from core.worker.data.augment import evaluation_mapper
    from core.worker.model.detectron import get_cfg

    evaluation_mapper(get_cfg(), with_objects=False)({"file_name": str(path), "width": 64, "height": 48})


def _by_detectron2_itself(path: Path, _layout: Layout) -> None:
    from detectron2.modeling import test_time_augmentation

    import core.worker.model.detectron  # noqa: F401

    test_time_augmentation.read_image(str(path), "BGR")


OPENERS: list[Callable[[Path, Layout], None]] = [
    _facts, _header, _drawn, _drawn_from_memory, _thumbnail, _crop, _in_a_report, _in_training, _by_detectron2_itself,
]  # fmt: skip


@pytest.mark.parametrize("open_it", OPENERS, ids=lambda function: function.__name__.strip("_"))
def test_postscript_that_is_called_png_starts_no_program(
    mark: Path, postscript: Path, tmp_path: Path, open_it: Callable[[Path, Layout], None]
) -> None:
    if open_it is _facts:
        open_it(postscript, Layout(tmp_path / "workspace"))
    else:
        with pytest.raises((ForeignFormatError, ImageHeaderError, AppError), match="PostScript"):
            open_it(postscript, Layout(tmp_path / "workspace"))
    assert not mark.exists()


def test_an_import_names_the_format_of_a_foreign_image_and_starts_no_program(mark: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(3):
        Image.fromarray(np.full((48, 64, 3), 40 * number, np.uint8)).save(source / f"{number}.png")
        (source / f"{number}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "drawing.png").write_bytes(EPS)
    (source / "drawing.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    command = [sys.executable, "-m", "core", "--workspace", str(tmp_path / "workspace")]
    command += ["import", str(source), "--name", "mixed", "--names", "thing", "--leave-out", "blocked", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    told = [finding for finding in found["findings"] if finding["check"] == "unreadable-image"]
    assert "PostScript" in json.dumps(told)
    assert found["imported"]["images"] == 3
    assert not mark.exists()


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF"])
def test_an_image_of_each_listed_format_is_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "image.bin"
    Image.new("RGB", (16, 12), "red").save(path, format=kind)
    with open_image(path) as image:
        image.load()
        assert image.size == (16, 12)
    assert kind in FORMATS or kind == "MPO"


def test_every_other_format_that_pillow_writes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.init()
    # Pillow's plugin for SPIDER takes the suffix of what it saves for good.
    monkeypatch.setattr(Image, "EXTENSION", dict(Image.EXTENSION))
    others = sorted(set(Image.SAVE) & set(Image.OPEN) - set(FORMATS))
    refused = []
    for kind in others:
        path = tmp_path / f"{kind}.png"
        try:
            Image.new("RGB", (32, 32)).save(path, format=kind)
        except (OSError, ValueError, KeyError):
            continue  # wants another mode, or other software
        with pytest.raises(ForeignFormatError):
            open_image(path)
        refused.append(kind)
    assert {"EPS", "TGA", "ICO"} <= set(refused)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(EPS, "PostScript", id="eps"),
        pytest.param(b"%PDF-1.7\n", "PDF", id="pdf"),
        pytest.param(b"\x89HDF\r\n\x1a\n", "HDF5", id="hdf5"),
        pytest.param(b"\0\0\0\x18ftypheic", "HEIC", id="heic"),
        pytest.param(b"  <SVG xmlns='http://www.w3.org/2000/svg'>", "SVG", id="svg"),
        pytest.param(b"\0" * 128 + b"DICM", "DICOM", id="dicom"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1", "Git LFS", id="lfs"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"anything", "", id="unknown"),
    ],
)
def test_a_format_that_is_not_read_is_named(tmp_path: Path, content: bytes, name: str) -> None:
    assert name in format_name(content)
    path = tmp_path / "image.jpg"
    path.write_bytes(content)
    with pytest.raises(ForeignFormatError, match=name or "no image, or of a kind that cannot be read"):
        open_image(path)


@pytest.mark.parametrize(
    ("reads_heif", "words"),
    [(False, "HEIC, which is read once `make setup-heic` has been run"), (True, "HEIC, that is broken")],
    ids=["not installed", "installed"],
)
def test_a_heic_that_is_not_read_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads_heif: bool, words: str
) -> None:
    monkeypatch.setattr(images, "READS_HEIF", reads_heif)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(ForeignFormatError, match=words):
        open_image(tmp_path / "a.heic")


def test_heif_is_among_the_formats_where_its_package_is_installed() -> None:
    assert ("HEIF" in FORMATS) == READS_HEIF == (find_spec("pi_heif") is not None)


# What opens images by whatever plugin fits, and other libraries' readers of image files.
_OTHER_READERS = {"cv2", "imageio", "torchvision.io", "skimage.io", "matplotlib.image", "matplotlib.pyplot"}


def _bare_opens(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="Image") | ast.Attribute(attr="Image"), attr="open")):
                found.append(f"{path.name}:{node.lineno}")
            case ast.ImportFrom(module=module, names=names):
                asked = {f"{module}.{alias.name}" for alias in names} | {module}
                if asked & {"PIL.Image.open", *_OTHER_READERS}:
                    found.append(f"{path.name}:{node.lineno}")
            case ast.Import(names=names) if {alias.name for alias in names} & _OTHER_READERS:
                found.append(f"{path.name}:{node.lineno}")
    return found


def test_every_image_is_opened_by_core_images() -> None:
    folders = ("core", "pages", "tools", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    files += [ROOT / "server.py", ROOT / "streamlit_app.py"]
    found = [place for path in files if path != ROOT / "core" / "images.py" for place in _bare_opens(path)]
    assert len(files) > 100
    assert not found, f"use core.images.open_image: {found}"


def test_every_image_of_the_worker_is_read_by_the_one_function() -> None:
    import detectron2

    import core.worker.model.detectron  # noqa: F401  replaces Detectron2's own
    from core.worker.model.read_image import read_image

    package = Path(detectron2.__file__).parent
    # Panoptic and semantic labels, drawing, and Detectron2's demo: none is used here.
    unused = ("projects/", "data/datasets/", "evaluation/", "engine/defaults.py", "utils/")
    words = ("Image.open(", "imread(", "read_image(")
    files = {path.relative_to(package).as_posix(): path.read_text() for path in package.rglob("*.py")}
    readers = {name for name, text in files.items() if any(word in text for word in words)}
    known = {"data/dataset_mapper.py", "modeling/test_time_augmentation.py", "data/detection_utils.py"}
    assert {name for name in readers if not name.startswith(unused)} == known
    from detectron2.data import detection_utils
    from detectron2.modeling import test_time_augmentation

    assert detection_utils.read_image is read_image
    assert test_time_augmentation.read_image is read_image
