"""Shapes of the starter images: the classes that the starter weights learn to distinguish.

Each function gives the corners of a polygon inside the unit circle, with random proportions. tools/starter_images.py
scales, turns and stretches it. Points are (N, 2) float64, in drawing order.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Draw = np.random.Generator

_SMOOTH: Final = 48  # points of a round shape


def _round(radii: npt.ArrayLike = 1.0, turns: float = 1.0, start: float = 0.0) -> Points:
    """(N, 2) points at `radii` (N,), or at one radius, evenly spaced on `turns` of the circle from `start`."""
    radius = np.asarray(radii, dtype=np.float64)
    count = radius.size if radius.ndim else _SMOOTH
    angle = 2 * np.pi * (start + turns * np.arange(count) / (count if turns == 1 else count - 1))
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius.reshape(-1, 1)


def _corners(*points: tuple[float, float]) -> Points:
    return np.array(points, dtype=np.float64)


def _disc(_draw: Draw) -> Points:
    return _round()


def _capsule(draw: Draw) -> Points:
    """(N, 2) points of a rod with round ends, three to six times as long as wide."""
    thickness = draw.uniform(0.17, 0.32)
    ends = _round(thickness)
    return ends + np.where(ends[:, :1] > 0, 1 - thickness, thickness - 1) * np.array([1.0, 0.0])


def _box(draw: Draw) -> Points:
    side = draw.uniform(0.45, 0.75)
    return _corners((-0.75, -side), (0.75, -side), (0.75, side), (-0.75, side))


def _rounded_box(draw: Draw) -> Points:
    """(N, 2) points of a superellipse: between a disc and a box."""
    points = _round()
    return np.sign(points) * np.abs(points) ** draw.uniform(0.35, 0.6)


def _triangle(draw: Draw) -> Points:
    return _corners((-0.9, 0.6), (0.9, 0.6), (draw.uniform(-0.6, 0.6), -0.9))


def _hexagon(draw: Draw) -> Points:
    return _round(np.ones(int(draw.integers(5, 8))))


def _star(draw: Draw) -> Points:
    tips = int(draw.integers(4, 8))
    return _round(np.tile([1.0, draw.uniform(0.35, 0.6)], tips))


def _cross(draw: Draw) -> Points:
    arm = draw.uniform(0.2, 0.4)
    quarter = [(arm, -1.0), (arm, -arm), (1.0, -arm)]
    turned = [(x * c - y * s, x * s + y * c) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1)) for x, y in quarter]
    return _corners(*turned)


def _crescent(draw: Draw) -> Points:
    outer = _round(np.ones(_SMOOTH), turns=0.5, start=-0.25)
    inner = outer[::-1] * np.array([draw.uniform(0.25, 0.6), 1.0])
    return np.concatenate([outer, inner])


def _angle(draw: Draw) -> Points:
    """(6, 2) corners of an L."""
    arm = draw.uniform(0.5, 0.9)
    return _corners(
        (-0.8, -0.8), (-0.8 + arm, -0.8), (-0.8 + arm, 0.8 - arm), (0.8, 0.8 - arm), (0.8, 0.8), (-0.8, 0.8)
    )


def _sector(draw: Draw) -> Points:
    return np.concatenate([np.zeros((1, 2)), _round(np.ones(_SMOOTH), turns=draw.uniform(0.55, 0.85))])


def _blob(draw: Draw) -> Points:
    """(N, 2) points of a smooth lump: a circle with a few slow waves."""
    return _round(_waves(draw, range(2, 5), 0.28))


def _splash(draw: Draw) -> Points:
    """(N, 2) points of a ragged lump: a circle with fast waves."""
    return _round(_waves(draw, range(5, 12), 0.4))


def _waves(draw: Draw, frequencies: range, strength: float) -> Points:
    angle = 2 * np.pi * np.arange(_SMOOTH) / _SMOOTH
    waves = [draw.uniform(0.3, 1) * np.cos(k * angle + draw.uniform(0, 2 * np.pi)) for k in frequencies]
    wave = np.sum(waves, axis=0)
    radius: Points = 1 - strength + strength * wave / np.abs(wave).max()
    return radius


def _arrow(draw: Draw) -> Points:
    neck, shaft = draw.uniform(-0.1, 0.3), draw.uniform(0.15, 0.35)
    upper = [(1.0, 0.0), (neck, -0.8), (neck, -shaft), (-1.0, -shaft)]
    return _corners(*upper, *((x, -y) for x, y in upper[:0:-1]))


# Class index -> kind. A ring is a disc with a hole, which the painter cuts.
KINDS: Final[tuple[tuple[str, Callable[[Draw], Points]], ...]] = (
    ("disc", _disc),
    ("ring", _disc),
    ("rod", _capsule),
    ("box", _box),
    ("rounded box", _rounded_box),
    ("triangle", _triangle),
    ("hexagon", _hexagon),
    ("star", _star),
    ("cross", _cross),
    ("crescent", _crescent),
    ("angle", _angle),
    ("sector", _sector),
    ("blob", _blob),
    ("splash", _splash),
    ("arrow", _arrow),
)
RING: Final = 1
