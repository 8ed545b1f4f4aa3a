"""A painted surface with grain, for the demo's aerial tiles. Imported by the demo modules only.

Everything is painted at twice the final size and brought down at the end, so edges are smooth. Points are (N, 2) arrays
of x, y in px of the final picture; colours are RGB from 0 to 255.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Points = npt.NDArray[np.float64]
Field = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
Box = tuple[float, float, float, float]

OVERSAMPLING: Final = 2


def noise(rng: np.random.Generator, size: int, cells: int, stretch: int = 1) -> Field:
    """(size, size) smooth noise from -1 to 1 with about `cells` waves a side, `stretch` times fewer along x."""
    coarse = rng.random((cells + 2, max(cells // stretch, 1) + 2), dtype=np.float32) * 2 - 1
    return np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC))


class Canvas:
    """One tile being painted."""

    def __init__(self, rng: np.random.Generator, size: int, sun: Points) -> None:
        """`sun`: (2,) unit vector in which shadows fall."""
        self.rng, self.size, self.sun = rng, size, sun
        self.side = size * OVERSAMPLING
        self.pixels: Field = np.zeros((self.side, self.side, 3), dtype=np.float32)
        fine = rng.standard_normal((self.side, self.side), dtype=np.float32)
        self.grain = fine * 0.35 + noise(rng, self.side, self.side // 4) * 0.65
        self.clumps = noise(rng, self.side, size // 8) * 0.6 + noise(rng, self.side, size // 20) * 0.6
        self.slopes = noise(rng, self.side, 5)

    def ground(self, colours: list[Colour]) -> None:
        """Fill everything with three colours that drift into each other."""
        first, second, third = (np.array(colour, dtype=np.float32) for colour in colours)
        blend = np.clip(0.5 + self.slopes * 0.6 + self.clumps * 0.35, 0, 1)[..., None]
        patches = np.clip(self.clumps * 1.4 - 0.35, 0, 1)[..., None]
        base = first * (1 - blend) + second * blend
        self.pixels[:] = base * (1 - patches) + third * patches + (self.grain * 9 + self.clumps * 5)[..., None]

    def fill(
        self, points: Points, colour: Colour, grain: float = 4.0, clumps: float = 0.0, opacity: float = 1.0
    ) -> Box | None:
        """Paint a polygon; its visible bounds in px of the picture, None where nothing of it is visible."""
        mask, where = self._mask(points)
        if mask is None:
            return None
        surface = np.array(colour, dtype=np.float32) + (self.grain[where] * grain + self.clumps[where] * clumps)[..., None]
        weight = (mask * opacity)[..., None]
        self.pixels[where] += (surface - self.pixels[where]) * weight
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return None
        top, left = where[0].start, where[1].start
        corners = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
        x1, y1, x2, y2 = (float(corner) / OVERSAMPLING for corner in corners)
        return x1, y1, x2, y2

    def tint(self, points: Points, factor: float, field: Field | None = None, strength: float = 0.0) -> None:
        """Multiply a polygon's colours, by `factor` plus a (side, side) field times its strength."""
        mask, where = self._mask(points)
        if mask is None:
            return
        change = factor - 1 if field is None else factor - 1 + field[where] * strength
        self.pixels[where] *= (1 + mask * change)[..., None]

    def shadow(self, points: Points, height: float, depth: float = 0.52) -> None:
        """Let a flat shape of a height (in px of shadow length) cast its shadow on what is painted so far."""
        moved = points + self.sun * height
        self.tint(hull(np.concatenate([points, moved])), depth)

    def line(self, points: Points, width: float, colour: Colour, opacity: float = 1.0) -> None:
        """Paint a line through points, `width` px wide."""
        for start, end in zip(points[:-1], points[1:], strict=True):
            along = end - start
            length = float(np.hypot(*along))
            if length > 0:
                across = np.array([-along[1], along[0]]) / length * width / 2
                self.fill(np.array([start + across, end + across, end - across, start - across]), colour, 2.0, 0, opacity)

    def blob(self, x: float, y: float, radius: float, colour: Colour, height: float) -> None:
        """Paint something round, rough and lit from one side (a tree, a heap), with its shadow."""
        angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        rough = radius * (1 + 0.12 * self.rng.standard_normal(14))
        outline = np.stack([x + rough * np.cos(angles), y + rough * np.sin(angles)], axis=1)
        self.tint(outline + self.sun * height, 0.55)
        mask, where = self._mask(outline)
        if mask is None:
            return
        ys, xs = np.mgrid[where].astype(np.float32)
        towards = ((xs / OVERSAMPLING - x) * self.sun[0] + (ys / OVERSAMPLING - y) * self.sun[1]) / radius
        light = 1 - 0.32 * towards + 0.16 * self.grain[where] + 0.12 * self.clumps[where]
        surface = np.array(colour, dtype=np.float32) * light[..., None]
        self.pixels[where] += (surface - self.pixels[where]) * mask[..., None]

    def finish(self, exposure: float, warmth: float) -> Image.Image:
        """The picture: haze, exposure, sensor noise, brought down to its final size."""
        light = np.array([1 + warmth, 1, 1 - warmth], dtype=np.float32) * exposure
        shown = np.clip((self.pixels * 0.94 + 8) * light, 0, 255).astype(np.uint8)
        image = Image.fromarray(shown).resize((self.size, self.size), Image.Resampling.LANCZOS)
        sensor = self.rng.standard_normal((self.size, self.size, 1), dtype=np.float32) * 2.2
        return Image.fromarray(np.clip(np.asarray(image, dtype=np.float32) + sensor, 0, 255).astype(np.uint8))

    def _mask(self, points: Points) -> tuple[Field | None, tuple[slice, slice]]:
        """(h, w) 0 or 1 and its place in `pixels`; None for a shape that is out of the picture."""
        scaled = points * OVERSAMPLING
        low = np.maximum(np.floor(scaled.min(axis=0)).astype(int), 0)
        high = np.minimum(np.ceil(scaled.max(axis=0)).astype(int) + 1, self.side)
        where = (slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0])))
        if (high <= low).any():
            return None, where
        drawn = Image.new("L", (int(high[0] - low[0]), int(high[1] - low[1])))
        ImageDraw.Draw(drawn).polygon([(float(x), float(y)) for x, y in scaled - low], fill=1)
        return np.asarray(drawn, dtype=np.float32), where


def rectangle(x: float, y: float, width: float, height: float, angle: float) -> Points:
    """(4, 2) corners of a rectangle round its centre, turned by `angle` in radians."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    return corners @ turn(angle) + [x, y]


def turn(angle: float) -> Points:
    """(2, 2) matrix that turns row vectors by an angle in radians."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def hull(points: Points) -> Points:
    """The convex hull of (N, 2) points (Andrew's monotone chain)."""
    ordered = sorted(map(tuple, points.tolist()))

    def half(path: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        kept: list[tuple[float, ...]] = []
        for point in path:
            while len(kept) > 1 and _turns_back(kept[-2], kept[-1], point):
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def _turns_back(one: tuple[float, ...], two: tuple[float, ...], three: tuple[float, ...]) -> bool:
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0]) <= 0
