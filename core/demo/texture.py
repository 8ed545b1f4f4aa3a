"""Noise for the demo's tiles, drawn once per size and cropped for each tile.

Drawing new noise for each tile would take longer than the rest of the tile.
"""

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Field = npt.NDArray[np.float32]

_SEED: Final = 20
_MARGIN: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """Four (size, size) float32 fields, about -1 to 1: fine grain, clumps, slopes over the tile, sensor noise."""

    grain: Field
    clumps: Field
    slopes: Field
    sensor: Field


def cut_texture(rng: Random, size: int) -> Texture:
    """A texture from random crops of the stored noise, mirrored at random: it depends only on `rng` and the size."""
    grain, clumps, slopes = _stock(size)
    return Texture(
        grain=_cut(rng, grain, size),
        clumps=_cut(rng, clumps, size),
        slopes=_cut(rng, slopes, size),
        sensor=_cut(rng, grain, size),
    )


def noise(rng: np.random.Generator, side: int, wave: float) -> Field:
    """(side, side) float32 smooth noise from -1 to 1 with waves of about `wave` px."""
    cells = max(round(side / wave), 1) + 2
    coarse = rng.random((cells, cells), dtype=np.float32) * 2 - 1
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


# Two threads that call it first at once both make the noise, and both make the same.
@lru_cache(maxsize=1)
def _stock(size: int) -> tuple[Field, Field, Field]:
    """Grain, clumps and slopes, each (side, side) float32 and larger than a tile."""
    rng, side = np.random.default_rng([_SEED, size]), size + _MARGIN
    fine = rng.standard_normal((side, side), dtype=np.float32)
    grain = fine * np.float32(0.3) + noise(rng, side, 2) * np.float32(0.65)
    clumps = (noise(rng, side, 8) + noise(rng, side, 20)) * np.float32(0.6)
    slopes = noise(rng, side, size / 5)
    for field in (grain, clumps, slopes):
        field.setflags(write=False)
    return grain, clumps, slopes


def _cut(rng: Random, field: Field, size: int) -> Field:
    left, top = rng.randint(0, _MARGIN), rng.randint(0, _MARGIN)
    cut = field[top : top + size, left : left + size]
    across, down = rng.choice((1, -1)), rng.choice((1, -1))
    return np.ascontiguousarray(cut[::down, ::across])
