"""A painted surface with grain, for the demo's aerial tiles. Imported by the demo modules only.

Everything is painted at twice the final size and brought down at the end, so edges are smooth. Points are (N, 2) arrays
of x, y in px of the final picture; colours are RGB from 0 to 255.
"""

import itertools
import math
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
    ) -> None:
        """Paint a polygon."""
        self._paint([points], colour, grain, clumps, opacity)

    def bounds(self, points: Points) -> Box | None:
        """The visible bounds of a polygon in px of the picture, None where nothing of it is visible."""
        drawn = self._draw([points])
        box = drawn[0].getbbox() if drawn else None
        if drawn is None or box is None:
            return None
        left, top = drawn[1]
        x1, y1, x2, y2 = ((corner + start) / OVERSAMPLING for corner, start in zip(box, (left, top) * 2, strict=True))
        return x1, y1, x2, y2

    def lines(self, paths: list[Points], width: float, colour: Colour, opacity: float = 1.0) -> None:
        """Paint lines through points, `width` px wide, in one go."""
        quads = []
        for path in paths:
            for start, end in itertools.pairwise(path):
                along = end - start
                length = math.hypot(along[0], along[1])
                if length > 0:
                    across = np.array([-along[1], along[0]]) * (width / 2 / length)
                    quads.append(np.array([start + across, end + across, end - across, start - across]))
        self._paint(quads, colour, 2.0, 0.0, opacity)

    def bushes(self, spots: list[Points], radius: float, colour: Colour) -> None:
        """Paint a hedge: rough round bushes with one shadow and light from one side."""
        if not spots:
            return
        sizes = radius * self.rng.uniform(0.8, 1.25, len(spots))
        circle = np.stack([np.cos(np.linspace(0, 5.5, 8)), np.sin(np.linspace(0, 5.5, 8))], axis=1)
        self._tint([circle * size + spot + self.sun * radius for spot, size in zip(spots, sizes, strict=True)], 0.55)
        darker: Colour = (colour[0] * 0.82, colour[1] * 0.82, colour[2] * 0.82)
        self._paint([circle * size + spot for spot, size in zip(spots, sizes, strict=True)], darker, 8, 6, 1.0)
        lit = [circle * size * 0.62 + spot - self.sun * size * 0.3 for spot, size in zip(spots, sizes, strict=True)]
        self._paint(lit, (colour[0] * 1.12, colour[1] * 1.12, colour[2] * 1.08), 8, 6, 0.9)

    def tint(self, points: Points, factor: float) -> None:
        """Multiply a polygon's colours."""
        self._tint([points], factor)

    def shadow(self, points: Points, height: float, depth: float = 0.52) -> None:
        """Let a flat shape of a height (in px of shadow length) cast its shadow on what is painted so far."""
        moved = points + self.sun * height
        self.tint(hull(np.concatenate([points, moved])), depth)

    def line(self, points: Points, width: float, colour: Colour, opacity: float = 1.0) -> None:
        """Paint a line through points, `width` px wide."""
        self.lines([points], width, colour, opacity)

    def blob(self, spot: Points, radius: float, colour: Colour, height: float) -> None:
        """Paint something round, rough and lit from one side (a tree, a heap), with its shadow."""
        x, y = float(spot[0]), float(spot[1])
        angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        rough = radius * (1 + 0.12 * self.rng.standard_normal(14))
        outline = np.stack([x + rough * np.cos(angles), y + rough * np.sin(angles)], axis=1)
        self.tint(outline + self.sun * height, 0.55)
        drawn = self._mask([outline])
        if drawn is None:
            return
        mask, where = drawn
        ys, xs = np.ogrid[where]
        towards = ((xs / OVERSAMPLING - x) * self.sun[0] + (ys / OVERSAMPLING - y) * self.sun[1]) / radius
        light = 1 - 0.32 * towards.astype(np.float32) + 0.16 * self.grain[where] + 0.12 * self.clumps[where]
        surface = np.array(colour, dtype=np.float32) * light[..., None]
        self.pixels[where] += (surface - self.pixels[where]) * mask[..., None]

    def finish(self, exposure: float, warmth: float) -> Image.Image:
        """The picture: haze, exposure, sensor noise, brought down to its final size."""
        light = np.array([1 + warmth, 1, 1 - warmth], dtype=np.float32) * exposure
        shown = np.clip((self.pixels * 0.94 + 8) * light, 0, 255).astype(np.uint8)
        image = Image.fromarray(shown).resize((self.size, self.size), Image.Resampling.LANCZOS)
        sensor = self.rng.standard_normal((self.size, self.size, 1), dtype=np.float32) * 2.2
        return Image.fromarray(np.clip(np.asarray(image, dtype=np.float32) + sensor, 0, 255).astype(np.uint8))

    def _paint(self, polygons: list[Points], colour: Colour, grain: float, clumps: float, opacity: float) -> None:
        drawn = self._mask(polygons)
        if drawn is None:
            return
        mask, where = drawn
        # Only what is painted is computed: a slanted street covers a tenth of its bounding box.
        inside = mask != 0
        rough = self.grain[where][inside] * np.float32(grain)
        if clumps:
            rough += self.clumps[where][inside] * np.float32(clumps)
        surface = rough[:, None] + np.array(colour, dtype=np.float32)
        pixels = self.pixels[where]
        pixels[inside] = (
            surface if opacity == 1 else pixels[inside] * np.float32(1 - opacity) + surface * np.float32(opacity)
        )

    def _tint(self, polygons: list[Points], factor: float) -> None:
        drawn = self._mask(polygons)
        if drawn is not None:
            mask, where = drawn
            pixels = self.pixels[where]
            pixels[mask != 0] *= np.float32(factor)

    def _mask(self, polygons: list[Points]) -> tuple[npt.NDArray[np.uint8], tuple[slice, slice]] | None:
        """(h, w) of 0 and 1 and its place in `pixels`; None for shapes that are out of the picture."""
        drawn = self._draw(polygons)
        if drawn is None:
            return None
        image, (left, top) = drawn
        where = (slice(top, top + image.height), slice(left, left + image.width))
        return np.asarray(image), where

    def _draw(self, polygons: list[Points]) -> tuple[Image.Image, tuple[int, int]] | None:
        if not polygons:
            return None
        corners = np.concatenate(polygons)
        left, top = (max(math.floor(value * OVERSAMPLING), 0) for value in corners.min(axis=0).tolist())
        right, bottom = (min(math.ceil(value * OVERSAMPLING) + 1, self.side) for value in corners.max(axis=0).tolist())
        if right <= left or bottom <= top:
            return None
        image = Image.new("L", (right - left, bottom - top))
        draw = ImageDraw.Draw(image)
        for points in polygons:
            draw.polygon((points * OVERSAMPLING - (left, top)).reshape(-1).tolist(), fill=1)
        return image, (left, top)


def rectangle(centre: Points, width: float, height: float, angle: float) -> Points:
    """(4, 2) corners of a rectangle round its centre, turned by `angle` in radians."""
    x, y = float(centre[0]), float(centre[1])
    cos, sin = math.cos(angle), math.sin(angle)
    ax, ay, bx, by = cos * width / 2, sin * width / 2, -sin * height / 2, cos * height / 2
    return np.array(
        [[x - ax - bx, y - ay - by], [x + ax - bx, y + ay - by], [x + ax + bx, y + ay + by], [x - ax + bx, y - ay + by]]
    )


def turn(angle: float) -> Points:
    """(2, 2) matrix that turns row vectors by an angle in radians."""
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


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
