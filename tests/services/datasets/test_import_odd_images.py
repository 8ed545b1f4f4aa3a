"""Deep and cut-off images, and archives with links, from the source to the stored version."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.labels.imports.archive import read_archive_notes
from core.services import datasets
from core.services.datasets import ImportOptions, describe_dataset, import_dataset
from core.settings import Settings
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.app.uploads import folder_of, sound_files
from tests.factories.archives import tar_of
from tests.factories.progress import silent


def deep_files() -> dict[str, bytes | str]:
    """A sound data set, two of whose images have 16 bits: 1,000 to 2,000 and 2,000 to 3,000."""
    files = sound_files()
    for number in (0, 1):
        values = np.linspace(1000, 2000, 64 * 48).reshape(48, 64) + 1000 * number
        buffer = io.BytesIO()
        Image.fromarray(values.astype(np.uint16)).save(buffer, "PNG")
        del files[f"images/a{number}.jpg"]
        files[f"images/a{number}.png"] = buffer.getvalue()
    return files


@pytest.mark.parametrize(
    ("asked", "kept", "values"),
    [("", [1000.0, 3000.0], (0, 255)), ("0,4000", [0.0, 4000.0], (64, 191))],
    ids=["of the data set", "given"],
)
def test_deep_images_are_mapped_by_one_range_that_the_version_keeps(
    settings: Settings, tmp_path: Path, asked: str, kept: list[float], values: tuple[int, int]
) -> None:
    source = folder_of(tmp_path / "deep", deep_files())
    imported = import_dataset(settings, source, ImportOptions(bit_range=asked, split="50/50"), silent, actor=ADA)
    assert describe_dataset(settings, imported.dataset)["versions"][0]["bit_range"] == kept
    folder = Layout(settings.workspace).version(imported.dataset, imported.version) / "images"
    with Image.open(folder / "a0.png") as darkest, Image.open(folder / "a1.png") as brightest:
        assert (darkest.getextrema()[0], brightest.getextrema()[1]) == values


def test_a_version_without_deep_images_has_no_range(settings: Settings, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "plain", sound_files())
    imported = import_dataset(settings, source, ImportOptions(split="50/50"), silent, actor=ADA)
    assert "bit_range" not in describe_dataset(settings, imported.dataset)["versions"][0]


def test_an_image_that_lacks_its_last_bytes_is_imported_with_its_objects(settings: Settings, tmp_path: Path) -> None:
    files = sound_files()
    Image.radial_gradient("L").resize((640, 480)).convert("RGB").save(buffer := io.BytesIO(), "JPEG")
    files["images/a1.jpg"] = buffer.getvalue()[:-20]
    source = folder_of(tmp_path / "cut", files)
    imported = import_dataset(settings, source, ImportOptions(split="50/50"), silent, actor=ADA)
    assert (len(imported.plan.labels.images), len(imported.plan.labels.annotations)) == (3, 6)
    checks = {finding.check: finding.image for finding in imported.plan.findings}
    assert checks["cut-off-image"] == "images/a1.jpg"
    with Image.open(Layout(settings.workspace).version(imported.dataset, "v1") / "images" / "a1.jpg") as stored:
        stored.load()


def test_the_notes_of_an_archive_lie_in_the_folder_of_its_upload(settings: Settings, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", sound_files())
    tar_of(tmp_path / "set.tar", "w", ["pool"], tarfile.SYMTYPE)
    with tarfile.open(tmp_path / "set.tar", "a") as archive:
        archive.add(folder, "set")
    inspection = datasets.inspect(settings, tmp_path / "set.tar", ImportOptions(), silent)
    notes = read_archive_notes(Layout(settings.workspace).uploads / inspection.upload_id)
    assert notes is not None
    assert (notes.files, notes.links) == (7, ("pool",))
    datasets.discard(settings, inspection)
