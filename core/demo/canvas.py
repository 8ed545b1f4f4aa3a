"""A canvas with grain, for the demo's aerial tiles.

Pillow paints flat polygons at twice the final size, so that halving makes smooth edges. A second image holds the
roughness of each pixel, and one pass at the end applies it: arrays per polygon would take ten times as long. Points are
complex numbers in px of the final image; colours are RGB from 0 to 255.
"""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from core.demo.shapes import ROUGH_CIRCLES, Box, Polygon, clipped_bounds, moved, ring, strips, swept
from core.demo.texture import cut_texture

Colour = tuple[float, float, float]

_OVERSAMPLING: Final = 2
# Strengths are levels at a middle grey of 130; roughness is relative to brightness, so shadows keep the ground's.
_MIDDLE: Final = 130.0
_FOLIAGE: Final = (13.0, 16.0)
_GROUND: Final = (9.0, 6.0)
# Share of the radius, shift towards the light as a share of the radius, brightness.
_CROWN: Final = ((0.86, 0.11, 0.92), (0.62, 0.27, 1.1), (0.34, 0.42, 1.26))
_SMALL_CROWN: Final = ((0.66, 0.24, 1.1),)
_SMALL: Final = 5.0


class Canvas:
    """One tile being painted."""

    def __init__(self, rng: Random, size: int, sun: complex) -> None:
        """`sun`: the unit vector in which shadows fall."""
        self.size, self.sun, self.middle = size, sun, complex(size, size) / 2
        self._texture = cut_texture(rng, size)
        side = (size * _OVERSAMPLING, size * _OVERSAMPLING)
        self._image = Image.new("RGB", side)
        self._roughness = Image.new("L", side, _packed(*_GROUND))
        self._solid = ImageDraw.Draw(self._image)
        # On an RGB image this one blends by alpha and does not replace.
        self._glaze = ImageDraw.Draw(self._image, "RGBA")
        self._rough = ImageDraw.Draw(self._roughness)

    def ground(self, colours: Sequence[Colour]) -> None:
        """Covers the canvas with three colours that blend into each other."""
        clumps = self._texture.clumps
        blend = np.clip(0.5 + self._texture.slopes * np.float32(0.6) + clumps * np.float32(0.35), 0, 1)
        patches = np.clip(clumps * np.float32(1.4) - np.float32(0.35), 0, 1)
        bands = []
        # Band by band: numpy is several times slower over a last axis of three.
        for first, second, third in zip(*colours, strict=True):
            base = blend * np.float32(second - first) + np.float32(first)
            bands.append(Image.fromarray((base + patches * (np.float32(third) - base)).astype(np.uint8)))
        self._image.paste(Image.merge("RGB", bands).resize(self._image.size, Image.Resampling.NEAREST))

    def fill(self, points: Polygon, colour: Colour, grain: float = 4.0, clumps: float = 0.0) -> None:
        """Paints a polygon with a roughness: `grain` up to 15 and `clumps` up to 30 levels."""
        corners = _corners(points)
        self._solid.polygon(corners, fill=_ink(colour))
        self._rough.polygon(corners, fill=_packed(grain, clumps))

    def glaze(self, points: Polygon, colour: Colour, opacity: float) -> None:
        """Paints a transparent polygon; the colours and roughness below shine through."""
        self._glaze.polygon(_corners(points), fill=(*_ink(colour), round(opacity * 255)))

    def darken(self, points: Polygon, left: float) -> None:
        """Darkens a polygon to a share of its light."""
        self.glaze(points, (0, 0, 0), 1 - left)

    def shadow(self, points: Polygon, height: float, left: float = 0.52) -> None:
        """Paints the shadow of a flat convex shape; `height` is the length of the shadow in px."""
        self.darken(swept(points, self.sun * height), left)

    def lines(self, paths: Iterable[Sequence[complex]], width: float, colour: Colour, opacity: float = 1.0) -> None:
        """Paints lines through points, `width` px wide."""
        ink = (*_ink(colour), round(opacity * 255))
        for path in paths:
            for quad in strips(path, width):
                self._glaze.polygon(_corners(quad), fill=ink)

    def line(self, path: Sequence[complex], width: float, colour: Colour, opacity: float = 1.0) -> None:
        """Paints a line through points, `width` px wide."""
        self.lines([path], width, colour, opacity)

    def bushes(self, spots: Sequence[complex], sizes: Sequence[float], colour: Colour) -> None:
        """Paints a hedge: a row of round bushes with radii `sizes`, one shadow, and light from one side."""
        seen = [(spot, size) for spot, size in zip(spots, sizes, strict=True) if self.is_near(spot, 2 * size)]
        if not seen:
            return
        widest = 2 * max(sizes)
        self.lines([moved((spots[0], spots[-1]), self.sun * widest * 0.4)], widest, (0, 0, 0), 0.45)
        for quad in strips((spots[0], spots[-1]), widest):
            self._rough.polygon(_corners(quad), fill=_packed(*_FOLIAGE))
        for share, shift, brightness in ((1.0, 0.0, 0.78), (0.62, 0.3, 1.14)):
            ink = _ink(_times(colour, brightness))
            for spot, size in seen:
                self._solid.polygon(_corners(ring(spot - self.sun * (size * shift), size * share)), fill=ink)

    def blob(self, spot: complex, radius: float, colour: Colour, height: float, rng: Random) -> None:
        """Paints a round, rough thing (a tree, a heap), lit from one side, with its shadow."""
        if not self.is_near(spot, 1.5 * radius + height):
            return
        shape = [point * radius for point in rng.choice(ROUGH_CIRCLES)]
        if height:
            self.darken(moved(shape, spot + self.sun * height), 0.5)
        self.fill(moved(shape, spot), _times(colour, 0.74), *_FOLIAGE)
        for share, shift, brightness in _CROWN if radius > _SMALL else _SMALL_CROWN:
            middle = spot - self.sun * (radius * shift)
            lit = [middle + point * share for point in shape]
            self._solid.polygon(_corners(lit), fill=_ink(_times(colour, brightness)))

    def is_near(self, spot: complex, reach: float) -> bool:
        """Whether a spot is in the image or at most `reach` px outside."""
        return -reach < spot.real < self.size + reach and -reach < spot.imag < self.size + reach

    def bounds(self, points: Polygon) -> Box | None:
        """The visible box of a polygon in px of the image, None if no part is visible."""
        return clipped_bounds(points, self.size)

    def finish(self, exposure: float, warmth: float) -> Image.Image:
        """The image at its final size, with roughness, haze, exposure and sensor noise."""
        packed = np.asarray(self._roughness)[::_OVERSAMPLING, ::_OVERSAMPLING]
        levels = self._texture.grain * (packed >> 4) + self._texture.clumps * (packed & 15) * np.float32(2)
        rough = levels * np.float32(1 / _MIDDLE) + 1
        sensor = self._texture.sensor * np.float32(4)
        bands = []
        for band, tone in zip(self._image.reduce(_OVERSAMPLING).split(), (1 + warmth, 1, 1 - warmth), strict=True):
            light = np.float32(exposure * tone)
            exposed = np.asarray(band) * rough * (light * np.float32(0.94)) + (sensor + 8 * light)
            bands.append(Image.fromarray(np.clip(exposed, 0, 255).astype(np.uint8)))
        return Image.merge("RGB", bands)


def _corners(points: Iterable[complex]) -> list[tuple[float, float]]:
    return [(point.real * _OVERSAMPLING, point.imag * _OVERSAMPLING) for point in points]


def _ink(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = colour
    return min(int(red), 255), min(int(green), 255), min(int(blue), 255)


def _times(colour: Colour, factor: float) -> Colour:
    red, green, blue = colour
    return red * factor, green * factor, blue * factor


def _packed(grain: float, clumps: float) -> int:
    """Both strengths in one byte: whole levels of grain, steps of two levels of clumps."""
    return min(int(grain), 15) << 4 | min(round(clumps / 2), 15)
