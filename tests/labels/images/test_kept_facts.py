"""An image pass that broke off goes on where it stopped, if the images are the same."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.labels.images import scan
from core.labels.images.kept_facts import KeptFacts
from core.labels.images.scan import read_facts
from core.labels.sources.source_tree import SourceTree
from tests.factories.app.uploads import make_image


def images_of(folder: Path, count: int = 4) -> pd.DataFrame:
    """The table of some images that are written into the folder."""
    for number in range(count):
        (folder / f"{number}.jpg").write_bytes(make_image(64, 48 + number))
    return pd.DataFrame({"image_id": range(1, count + 1), "source": [f"{number}.jpg" for number in range(count)]})


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the images that were decoded."""
    names, read_fact = list[str](), scan.read_fact

    def read(image_id: int, path: Path, *arguments: object) -> scan.ImageFact:
        names.append(path.name)
        return read_fact(image_id, path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(scan, "read_fact", read)
    return names


def pass_over(folder: Path, images: pd.DataFrame, store: Path) -> pd.DataFrame:
    """One image pass."""
    kept = KeptFacts(store)
    try:
        return read_facts(images, SourceTree.walk(folder), lambda share, _: None, kept)
    finally:
        kept.close()


def test_a_second_pass_reads_no_image_again_and_says_the_same(tmp_path: Path, decoded: list[str]) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    images = images_of(folder)
    first = pass_over(folder, images, tmp_path / "facts.jsonl")
    assert sorted(decoded) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    pd.testing.assert_frame_equal(pass_over(folder, images, tmp_path / "facts.jsonl"), first)
    assert len(decoded) == 4


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder, _: (folder / "2.jpg").write_bytes(make_image(80, 60)), id="an image changed"),
        pytest.param(lambda _, store: store.write_text(store.read_text()[:-40]), id="a kill cut the last line"),
    ],
)
def test_only_what_is_not_kept_is_read_again(
    change: Callable[[Path, Path], object], tmp_path: Path, decoded: list[str]
) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    images = images_of(folder)
    pass_over(folder, images, tmp_path / "facts.jsonl")
    decoded.clear()
    change(folder, tmp_path / "facts.jsonl")
    facts = pass_over(folder, images, tmp_path / "facts.jsonl")
    assert len(decoded) == 1
    assert (facts["problem"] == "").all()


def test_a_store_of_rubbish_is_passed_over(tmp_path: Path) -> None:
    store = tmp_path / "facts.jsonl"
    store.write_bytes(b'\xff\x00\n{"key": 1}\n[]\n{"key": ["a", 1, 2]}\nnull\n')
    folder = tmp_path / "source"
    folder.mkdir()
    assert len(pass_over(folder, images_of(folder), store)) == 4
