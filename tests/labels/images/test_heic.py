"""HEIC, the images of phones: decoded upright through an import, or named with what to do where pi-heif is absent."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.images import open_image
from core.services.datasets import ImportOptions, OpenVersion, import_dataset, open_version
from core.settings import REPOSITORY, Settings
from tests.factories.actors import ADA
from tests.factories.app.heic import BLUE, EXIF_ALONE, RED, TURNED, UPRIGHT
from tests.factories.app.label_folders import image_bytes
from tests.factories.app.uploads import folder_of
from tests.factories.progress import silent

# The codec loses a little.
_SLACK = 3
# The red half, by shares of the upright image.
_LEFT, _TOP = "0 0.25 0.5 0.5 1\n", "0 0.5 0.25 1 0.5\n"


def stored(tmp_path: Path, files: dict[str, bytes | str]) -> OpenVersion:
    settings = Settings(workspace=tmp_path / "workspace")
    source = folder_of(tmp_path / "source", {"classes.txt": "half\n", **files})
    made = import_dataset(settings, source, ImportOptions(name="phone"), silent, actor=ADA)
    return open_version(settings, made.dataset)


def half_of(opened: OpenVersion) -> tuple[tuple[int, int], list[float], np.ndarray, np.ndarray]:
    """Size and box of the only image and object; the mean colour in the box and beside it."""
    (image,) = opened.labels.images.to_dict("records")
    (box,) = opened.labels.annotations[["x1", "y1", "x2", "y2"]].to_numpy().tolist()
    pixels = np.asarray(open_image(opened.images_folder / image["file_name"]).convert("RGB"), dtype=float)
    assert pixels.shape[:2] == (image["height"], image["width"])
    x1, y1, x2, y2 = map(int, box)
    is_inside = np.zeros(pixels.shape[:2], dtype=bool)
    is_inside[y1:y2, x1:x2] = True
    return (image["width"], image["height"]), box, pixels[is_inside].mean(axis=0), pixels[~is_inside].mean(axis=0)


@pytest.mark.parametrize(
    ("content", "label", "size", "box"),
    [
        pytest.param(UPRIGHT, _LEFT, (64, 48), [0, 0, 32, 48], id="upright"),
        pytest.param(TURNED, _TOP, (48, 64), [0, 0, 48, 32], id="turned"),
        pytest.param(TURNED, "0 0 0 48 32\n", (48, 64), [0, 0, 48, 32], id="turned, in px"),
        pytest.param(EXIF_ALONE, _LEFT, (64, 48), [0, 0, 32, 48], id="turned by EXIF alone"),
    ],
)
def test_an_image_is_decoded_upright_and_its_box_lies_where_it_should(
    tmp_path: Path, content: bytes, label: str, size: tuple[int, int], box: list[float]
) -> None:
    opened = stored(tmp_path, {"images/a.HEIC": content, "labels/a.txt": label})
    found_size, found_box, inside, beside = half_of(opened)
    assert (found_size, found_box) == (size, box)
    assert np.abs(inside - RED).max() <= _SLACK
    assert np.abs(beside - BLUE).max() <= _SLACK


def test_it_is_stored_as_browsers_show_it(tmp_path: Path) -> None:
    opened = stored(tmp_path, {"images/a.heic": UPRIGHT, "labels/a.txt": _LEFT})
    (name,) = opened.labels.images["file_name"]
    with open_image(opened.images_folder / name) as image:
        assert (image.format, image.size) == ("PNG", (64, 48))
    said = opened.findings.loc[opened.findings["image"] == "images/a.heic", "message"]
    assert any("which browsers do not show: stored as PNG" in message for message in said)


def test_one_that_is_cut_off_is_named(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"images/a.heic": UPRIGHT[:400], "images/b.png": image_bytes()}
    files |= {"labels/a.txt": _LEFT, "labels/b.txt": _LEFT}
    settings = Settings(workspace=tmp_path / "workspace")
    source = folder_of(tmp_path / "source", {"classes.txt": "half\n", **files})
    options = ImportOptions(name="phone", leave_out_blocked=True)
    plan = import_dataset(settings, source, options, silent, actor=ADA).plan
    assert plan.labels.images["source"].tolist() == ["images/b.png"]
    assert any("images/a.heic" in finding.message for finding in plan.findings)


class WithoutHeif:
    """The command line as on a machine without pi-heif: each of its processes fails to import it."""

    def __init__(self, folder: Path) -> None:
        self.workspace, self._shadow = folder / "workspace", folder / "shadow"
        self._shadow.mkdir()
        (self._shadow / "pi_heif.py").write_text("raise ImportError\n")

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        command = [sys.executable, "-m", "core", "--workspace", str(self.workspace), *arguments, "--json"]
        path = os.pathsep.join(filter(None, [str(self._shadow), os.environ.get("PYTHONPATH")]))
        run = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": path}, cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert run.returncode == code, run.stderr
        return json.loads(run.stdout)


@pytest.fixture
def without_heif(tmp_path: Path) -> WithoutHeif:
    return WithoutHeif(tmp_path)


_REMEDY = "make setup-heic"


@pytest.mark.process
def test_without_pi_heif_images_with_and_without_a_label_are_named_with_what_to_do(
    tmp_path: Path, without_heif: WithoutHeif
) -> None:
    files: dict[str, bytes | str] = {"images/a.heic": UPRIGHT, "images/b.HEIC": TURNED, "images/c.png": image_bytes()}
    files |= {"labels/a.txt": _LEFT, "labels/c.txt": _LEFT, "classes.txt": "half\n"}
    source = str(folder_of(tmp_path / "source", files))
    document = without_heif("inspect", source)
    found = [finding for finding in document["findings"] if finding["check"] == "unsupported-image"]
    named = {finding["severity"]: (finding["examples"][0]["message"], finding["remedy"]) for finding in found}
    assert "images/a.heic, an image of a kind that is not read" in named["blocks"][0]
    assert named["look"][0] == "images/b.HEIC is an image of a kind that is not read."
    assert all(_REMEDY in remedy for _, remedy in named.values())
    assert document["accounts"]["images"]["found"] == 3

    imported = without_heif("import", source, "--leave-out", "blocked")
    assert imported["imported"] == {"images": 1, "annotations": 1}


@pytest.mark.process
@pytest.mark.parametrize("label", [{"labels/a.txt": _LEFT}, {}], ids=["with a label", "without labels"])
def test_without_pi_heif_a_source_of_such_images_alone_is_refused_with_what_to_do(
    tmp_path: Path, without_heif: WithoutHeif, label: dict[str, bytes | str]
) -> None:
    error = without_heif("inspect", str(folder_of(tmp_path / "source", {"images/a.heic": UPRIGHT, **label})), code=2)[
        "error"
    ]
    assert "no images of a kind that is read (1 is of another, such as images/a.heic)" in error["message"]
    assert _REMEDY in error["remedy"]


@pytest.mark.process
def test_without_pi_heif_one_that_is_called_jpg_is_named_by_its_content(
    tmp_path: Path, without_heif: WithoutHeif
) -> None:
    files: dict[str, bytes | str] = {"images/a.jpg": UPRIGHT, "images/c.png": image_bytes()}
    files |= {"labels/a.txt": _LEFT, "labels/c.txt": _LEFT, "classes.txt": "half\n"}
    document = without_heif("inspect", str(folder_of(tmp_path / "source", files)), "--images")
    said = [example["message"] for finding in document["findings"] for example in finding["examples"]]
    assert any("images/a.jpg" in message and _REMEDY in message for message in said)
