"""Small images: made once however many ask, two at a time, and what they look like."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import AppError, NotFoundError
from core.workspace import thumbnails
from core.workspace.layout import Layout
from core.workspace.thumbnails import make_crop, make_thumbnail

ASKED = 16


class Watch:
    """Counts how often images are opened, and how many are open at once."""

    def __init__(self, really_open: Callable[..., Image.Image]) -> None:
        self.opened = self.now = self.most = 0
        self._open = really_open
        self._guard = threading.Lock()

    def __call__(self, path: Path, *arguments: Any, **options: Any) -> Image.Image:
        with self._guard:
            self.opened += 1
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.05)  # time for other threads to arrive
        image = self._open(path, *arguments, **options)
        with self._guard:
            self.now -= 1
        return image


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(Image.open)
    monkeypatch.setattr(thumbnails.Image, "open", watch)
    return watch


def make_image(path: Path, mode: str = "RGB", size: tuple[int, int] = (701, 455)) -> Path:
    """A smooth ramp, so that every way of making it smaller gives nearly the same."""
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    rgb = np.stack([x, y, (x + y) / 2], axis=-1).astype(np.uint8)
    Image.fromarray(rgb).convert(mode).save(path)
    return path


def all_at_once(count: int, ask: Callable[[int], Path]) -> list[Path]:
    start = threading.Barrier(count)

    def wait_and_ask(number: int) -> Path:
        start.wait()
        return ask(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(wait_and_ask, range(count)))


def test_a_thumbnail_that_many_ask_for_is_made_once(tmp_path: Path, watch: Watch) -> None:
    source, layout = make_image(tmp_path / "a.png"), Layout(tmp_path / "w")
    made = all_at_once(ASKED, lambda _: make_thumbnail(layout, source, "ab" * 32, 320))
    assert len(set(made)) == 1 and made[0].is_file()
    assert watch.opened == 1


def test_a_crop_that_many_ask_for_is_made_once(tmp_path: Path, watch: Watch) -> None:
    source, layout = make_image(tmp_path / "a.png"), Layout(tmp_path / "w")
    all_at_once(ASKED, lambda _: make_crop(layout, source, "ab" * 32, (10, 10, 200, 200), 320))
    assert watch.opened == 1


def test_two_are_made_at_a_time(tmp_path: Path, watch: Watch) -> None:
    source, layout = make_image(tmp_path / "a.png"), Layout(tmp_path / "w")
    all_at_once(ASKED, lambda number: make_thumbnail(layout, source, f"{number:064x}", 320))
    assert (watch.opened, watch.most) == (ASKED, 2)


def test_all_who_wait_get_the_error_and_the_next_one_tries_again(tmp_path: Path) -> None:
    source, layout = tmp_path / "a.png", Layout(tmp_path / "w")
    source.write_bytes(b"no image")

    def ask(_number: int) -> Path:
        with pytest.raises(AppError, match="cannot be read"):
            make_thumbnail(layout, source, "ab" * 32, 320)
        return source

    all_at_once(ASKED, ask)
    make_image(source)
    assert make_thumbnail(layout, source, "ab" * 32, 320).is_file()


def test_an_image_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        make_thumbnail(Layout(tmp_path / "w"), tmp_path / "none.png", "ab" * 32, 320)


def test_an_image_beyond_the_limit_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "_MOST_PIXELS", 1000)
    with pytest.raises(AppError, match="more than 1,000 pixels"):
        make_thumbnail(Layout(tmp_path / "w"), make_image(tmp_path / "a.png"), "ab" * 32, 320)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "CMYK", "1"])
@pytest.mark.parametrize("size", [(1201, 455), (4999, 133), (133, 4999), (100, 50), (1, 3000)], ids=str)
def test_a_thumbnail_looks_as_pillow_makes_it(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    suffix = "tif" if mode == "CMYK" else "png"
    source = make_image(tmp_path / f"a.{suffix}", mode, size)
    made = make_thumbnail(Layout(tmp_path / "w"), source, "ab" * 32, 240)
    with Image.open(made) as small, Image.open(source) as image:
        share = min(1, 240 / max(size))
        assert small.size == tuple(max(1, round(side * share)) for side in size)
        expected = image.convert("RGB").resize(small.size, Image.Resampling.BOX).convert("L")
        # In grey: a JPEG keeps colours at half the size.
        difference = np.abs(np.asarray(small.convert("L"), float) - np.asarray(expected, float))
    assert difference.mean() < (20 if mode in ("1", "P") else 5)  # dithered


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("place", [(0, 0, 2400, 1800), (1200, 900, 2400, 1800), (1000, 1000, 1100, 1050)], ids=str)
def test_a_crop_shows_its_place_whatever_is_left_out_in_decoding(
    tmp_path: Path, suffix: str, place: tuple[int, int, int, int]
) -> None:
    source = make_image(tmp_path / f"a.{suffix}", "RGB", (2400, 1800))
    made = make_crop(Layout(tmp_path / "w"), source, "ab" * 32, place, 320)
    with Image.open(made) as part, Image.open(source) as image:
        assert max(part.size) == min(320, max(place[2] - place[0], place[3] - place[1]))
        expected = image.crop(place).resize(part.size)
        assert np.abs(np.asarray(part, float) - np.asarray(expected, float)).mean() < 4
