"""Archives in an archive are unpacked one level where they hold what the outer one lacks."""

from pathlib import Path

import pytest

from core.settings import Limits
from tests.factories.app.uploads import zip_of
from tests.factories.archives import refused, tar_of, unpacked, zip_bytes, zip_of_raw_names

IMAGES = {"a.jpg": b"image a", "b.jpg": b"image b"}
LABELS = {"a.txt": b"0 1 2 3 4", "b.txt": b""}


def below(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """The files under a folder."""
    return {f"{folder}/{name}": content for name, content in files.items()}


@pytest.mark.parametrize(
    ("files", "expected", "unpacked_ones"),
    [
        pytest.param(
            {"images.zip": zip_bytes(IMAGES), "labels.zip": zip_bytes(LABELS)},
            ["images/a.jpg", "images/b.jpg", "labels/a.txt", "labels/b.txt"], ("images.zip", "labels.zip"),
            id="only archives",
        ),
        pytest.param(
            {**below("images", IMAGES), "labels.zip": zip_bytes(LABELS)},
            ["images/a.jpg", "images/b.jpg", "labels/a.txt", "labels/b.txt"], ("labels.zip",),
            id="labels are packed",
        ),
        pytest.param(
            {**below("images", IMAGES), "labels.zip": zip_bytes(below("labels", LABELS))},
            ["images/a.jpg", "images/b.jpg", "labels/a.txt", "labels/b.txt"], ("labels.zip",),
            id="a folder of the archive's name is not doubled",
        ),
        pytest.param(
            {"train.zip": zip_bytes(IMAGES | LABELS), "val.zip": zip_bytes({"a.jpg": b"other", "a.txt": b""})},
            ["train/a.jpg", "train/a.txt", "train/b.jpg", "train/b.txt", "val/a.jpg", "val/a.txt"],
            ("train.zip", "val.zip"),
            id="two splits with the same names",
        ),
        pytest.param(
            {**below("images", IMAGES), "images.zip": zip_bytes(IMAGES), **below("labels", LABELS)},
            ["images.zip", "images/a.jpg", "images/b.jpg", "labels/a.txt", "labels/b.txt"], (),
            id="a copy stays packed",
        ),
        pytest.param(
            {**below("images", IMAGES), "images.zip": zip_bytes({"c.jpg": b"image c"})},
            ["images-2/c.jpg", "images/a.jpg", "images/b.jpg"], ("images.zip",),
            id="the folder is there already",
        ),
        pytest.param(
            {**IMAGES, "tools.zip": zip_bytes({"convert.py": b"", "._x.jpg": b"", "__MACOSX/x.jpg": b""})},
            ["a.jpg", "b.jpg", "tools.zip"], (),
            id="nothing that is data",
        ),
        pytest.param({**IMAGES, "notes.7z": b"7z"}, ["a.jpg", "b.jpg", "notes.7z"], (), id="another kind"),
        pytest.param(
            {"set/labels.zip": zip_bytes(LABELS), **below("set", IMAGES)},
            ["set/a.jpg", "set/b.jpg", "set/labels/a.txt", "set/labels/b.txt"], ("set/labels.zip",),
            id="in a folder",
        ),
    ],
)  # fmt: skip
def test_an_inner_archive_is_unpacked_if_it_adds_something(
    tmp_path: Path, files: dict[str, bytes | str], expected: list[str], unpacked_ones: tuple[str, ...]
) -> None:
    notes, found = unpacked(zip_of(tmp_path / "a.zip", files), tmp_path)
    assert (found, notes.unpacked, notes.files) == (expected, unpacked_ones, len(expected))
    packed = {path for path in files if path.endswith((".zip", ".7z"))}
    assert {left.path for left in notes.left} == packed - set(unpacked_ones)
    assert all(left.reason for left in notes.left)
    assert notes.left_count == len(notes.left)


def test_tars_are_unpacked_too_and_deeper_ones_are_left(tmp_path: Path) -> None:
    tar = tar_of(tmp_path / "labels.tar.gz", "w:gz", ["labels/a.txt"]).read_bytes()
    inner = zip_bytes({"a.jpg": b"x", "deep.zip": zip_bytes({"b.jpg": b"y"})})
    archive = zip_of(tmp_path / "a.zip", {"labels.tar.gz": tar, "images.zip": inner})
    notes, found = unpacked(archive, tmp_path)
    assert found == ["images/a.jpg", "images/deep.zip", "labels/a.txt"]
    assert [left.path for left in notes.left] == ["images/deep.zip"]


def test_links_and_guessed_names_of_inner_archives_are_said_with_their_place(tmp_path: Path) -> None:
    inner = zip_of_raw_names(tmp_path / "i.zip", ["猫.jpg".encode("cp932")]).read_bytes()
    notes, found = unpacked(zip_of(tmp_path / "a.zip", {"images.zip": inner, "a.txt": "x"}), tmp_path)
    assert found == ["a.txt", "images/猫.jpg"]
    assert [guess.archive for guess in notes.names_guessed] == ["images.zip"]


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        pytest.param(b"PK\x03\x04 broken", "broken", id="broken"),
        pytest.param(b"text", "no zip or tar", id="no archive"),
        pytest.param(zip_bytes({"../x.jpg": b"x"}), "leads out", id="traversal"),
    ],
)
def test_an_inner_archive_that_cannot_be_unpacked_is_left_with_the_reason(
    tmp_path: Path, inner: bytes, reason: str
) -> None:
    notes, found = unpacked(zip_of(tmp_path / "a.zip", {"a.jpg": "x", "inner.zip": inner}), tmp_path)
    assert found == ["a.jpg", "inner.zip"]
    assert reason in notes.left[0].reason


def test_an_archive_of_nothing_but_unusable_archives_is_refused_with_the_reason(tmp_path: Path) -> None:
    words = refused(zip_of(tmp_path / "a.zip", {"inner.zip": zip_bytes({"convert.py": b""})}), tmp_path)
    assert "inner.zip (it holds no image or label file" in words


@pytest.mark.parametrize(
    ("limits", "words"),
    [(Limits(unpacked_files=4), "more than 4 files"), (Limits(), "times its size")],
    ids=["files", "ratio"],
)
def test_the_limits_hold_over_both_levels_together(tmp_path: Path, limits: Limits, words: str) -> None:
    inner = [zip_bytes({f"{number}.jpg": bytes(40 * 2**20)}) for number in range(2)]
    archive = zip_of(tmp_path / "a.zip", {"0.zip": inner[0], "1.zip": inner[1], "a.txt": "x"})
    assert words in refused(archive, tmp_path, limits)
