"""The demo data set as written: repeatable, complete, labelled where something is seen, with every fault found."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from core.demo.demo import Demo, write_demo
from core.demo.faults import IMAGES_NEEDED
from core.demo.scene import CLASSES, draw_tile
from core.labels.findings import Severity
from core.services.datasets import ImportOptions, discard, inspect
from core.settings import Settings
from tests.factories.progress import silent

SIZE = 160


def written(out: Path, images: int = 20, seed: int = 0, has_faults: bool = False) -> Demo:
    return write_demo(out, images, seed, SIZE, has_faults, silent)


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def label_lines(folder: Path) -> list[list[float]]:
    texts = [path.read_text() for path in sorted((folder / "labels").iterdir())]
    return [[float(value) for value in line.split()] for text in texts for line in text.splitlines()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Demo]:
    """Twenty sound tiles; tests only read them."""
    out = tmp_path_factory.mktemp("demo") / "sound"
    return out, written(out)


def test_a_seed_gives_the_same_bytes_however_many_tiles_are_drawn(demo: tuple[Path, Demo], tmp_path: Path) -> None:
    whole = hashes(demo[0])
    written(tmp_path / "again", images=6)
    again = hashes(tmp_path / "again")
    assert len(again) == 6 * 2 + 1
    assert again == {name: whole[name] for name in again}


def test_another_seed_gives_other_images_and_labels(demo: tuple[Path, Demo], tmp_path: Path) -> None:
    written(tmp_path / "other", images=4, seed=1)
    other, whole = hashes(tmp_path / "other"), hashes(demo[0])
    assert [name for name in other if other[name] == whole[name]] == ["classes.txt"]


def test_the_tiles_of_a_data_set_all_differ(demo: tuple[Path, Demo]) -> None:
    images = [value for name, value in hashes(demo[0]).items() if name.endswith(".jpg")]
    assert len(set(images)) == len(images) == 20


def test_every_class_is_there_and_no_class_is_rare(demo: tuple[Path, Demo]) -> None:
    counts = Counter(int(line[0]) for line in label_lines(demo[0]))
    assert (demo[0] / "classes.txt").read_text().splitlines() == list(CLASSES)
    assert set(counts) == set(range(len(CLASSES)))
    assert min(counts.values()) >= 10


def test_the_counts_told_are_those_of_the_files(demo: tuple[Path, Demo]) -> None:
    out, told = demo
    assert told.images == len(list((out / "images").iterdir())) == 20
    assert told.annotations == len(label_lines(out))
    assert told.faults == []


def test_boxes_lie_in_the_image_and_are_large_enough_to_be_seen(demo: tuple[Path, Demo]) -> None:
    for _, x1, y1, x2, y2 in label_lines(demo[0]):
        assert 0 <= x1 < x2 <= SIZE and 0 <= y1 < y2 <= SIZE
        assert min(x2 - x1, y2 - y1) >= 7 - 0.02  # Corners are rounded to a hundredth of a pixel.


def test_woodland_has_an_image_and_no_object(demo: tuple[Path, Demo]) -> None:
    assert (demo[0] / "labels" / "tile_0009.txt").read_text() == ""
    assert (demo[0] / "images" / "tile_0009.jpg").is_file()


@pytest.mark.parametrize("size", [64, 97, 320])
def test_a_tile_has_the_size_asked_for(size: int) -> None:
    assert draw_tile(0, 0, size).image.size == (size, size)


def test_a_tile_is_neither_flat_nor_burnt_out(demo: tuple[Path, Demo]) -> None:
    for path in (demo[0] / "images").iterdir():
        with Image.open(path) as image:
            figures = ImageStat.Stat(image)
        assert all(60 < mean < 190 for mean in figures.mean), path.name
        assert all(deviation > 12 for deviation in figures.stddev), path.name


def test_inspection_finds_nothing_but_matters_of_taste_in_a_sound_demo(demo: tuple[Path, Demo], tmp_path: Path) -> None:
    inspection = inspect(Settings(workspace=tmp_path / "workspace"), demo[0], ImportOptions(), silent, images=True)
    assert not inspection.blocks
    assert inspection.examination.report.of(Severity.FIXED) == []


@pytest.mark.parametrize("size", [64, 320])
def test_inspection_finds_every_planted_fault_at_its_place(tmp_path: Path, size: int) -> None:
    planted = write_demo(tmp_path / "demo", IMAGES_NEEDED, 0, size, True, silent).faults
    settings = Settings(workspace=tmp_path / "workspace")
    inspection = inspect(settings, tmp_path / "demo", ImportOptions(), silent, images=True)
    findings = inspection.examination.report.findings
    places = {(finding.check, place) for finding in findings for place in (finding.file, finding.image)}
    lines = {(finding.check, finding.file, finding.line) for finding in findings}
    assert [one for one in planted if (one.check, one.file) not in places] == []
    assert [one for one in planted if one.line and (one.check, one.file, one.line) not in lines] == []
    discard(settings, inspection)
