"""Paints the houses of the demo's tiles, seen from above."""

import math
from random import Random
from typing import Final

from core.demo.canvas import Canvas, Colour
from core.demo.shapes import Box, Plot, Polygon, rectangle, turn, union

ROOFS: Final[list[Colour]] = [
    (168, 92, 66), (150, 78, 60), (124, 84, 66), (108, 104, 106), (84, 86, 94), (146, 130, 112),
    (186, 176, 160), (132, 120, 92), (92, 74, 62), (176, 112, 78),
]  # fmt: skip
_ROOF_TYPES: Final = ("gable", "hip", "flat", "wing")
_SHARES: Final = (0.42, 0.2, 0.2, 0.18)


def house(canvas: Canvas, rng: Random, spot: complex, width: float, depth: float, angle: float) -> Box | None:
    """Paints a house with a gabled, hipped, flat or L-shaped roof; returns the roof's visible box, without shadow."""
    red, green, blue = rng.choice(ROOFS)
    colour = (red * rng.uniform(0.88, 1.1), green * rng.uniform(0.88, 1.1), blue * rng.uniform(0.88, 1.1))
    height = rng.uniform(5, 9) * (1.3 if rng.random() < 0.2 else 1)
    roof_type = rng.choices(_ROOF_TYPES, _SHARES)[0]
    parts = [Plot(centre=spot, width=width, depth=depth, angle=angle)]
    if roof_type == "wing":
        offset = complex(width * 0.25 * rng.choice((-1, 1)), depth * 0.45) * turn(angle)
        parts.append(Plot(centre=spot + offset, width=depth * 0.75, depth=width * 0.45, angle=angle + math.pi / 2))
    for part in parts:
        canvas.shadow(part.corners(), height)
    for part in parts:
        if roof_type == "flat":
            _flat_roof(canvas, rng, part, colour)
        else:
            _pitched_roof(canvas, rng, part, colour, is_hipped=roof_type == "hip")
    return union(canvas.bounds(part.corners()) for part in parts)


def _pitched_roof(canvas: Canvas, rng: Random, roof: Plot, colour: Colour, is_hipped: bool) -> None:
    """Paints two or four slopes, shaded by the sun, with rows of tiles, a ridge, and a chimney or solar panels."""
    inset = roof.depth / 2 / roof.width if is_hipped and roof.width > roof.depth else 0.0
    left, right = roof.at(inset - 0.5, 0), roof.at(0.5 - inset, 0)
    across = turn(roof.angle) * 1j
    for slope, normal in _slopes(roof, left, right, has_ends=inset > 0):
        light = 1 - 0.24 * (normal.conjugate() * canvas.sun).real
        canvas.fill(slope, (colour[0] * light, colour[1] * light, colour[2] * light), 5, 3)
    start, end = roof.at(-0.5, -0.5), roof.at(0.5, -0.5)
    rows = [across * (2 + 2.6 * row) for row in range(max(math.ceil((roof.depth - 2) / 2.6), 0))]
    canvas.lines(([start + row, end + row] for row in rows), 0.5, (40, 30, 26), 0.18)
    canvas.line([left, right], 0.9, (224, 210, 196), 0.55)
    spot = roof.at(rng.uniform(-0.3, 0.3), rng.choice((-0.24, 0.24)))
    extra = rng.random()
    if extra < 0.25:
        panel = rectangle(spot, roof.width * 0.3, roof.depth * 0.28, roof.angle)
        canvas.fill(panel, (34, 44, 74), 3)
        canvas.line([*panel, panel[0]], 0.5, (130, 140, 160), 0.7)
    elif extra < 0.75:
        chimney = rectangle(spot, 2.6, 2.6, roof.angle)
        canvas.shadow(chimney, 3)
        canvas.fill(chimney, (120, 96, 88), 3)


def _slopes(roof: Plot, left: complex, right: complex, has_ends: bool) -> list[tuple[Polygon, complex]]:
    """The slopes between the ridge (from `left` to `right`) and the eaves, each with the direction that it faces."""
    corners = roof.corners()
    along = turn(roof.angle)
    slopes = [
        ([corners[0], corners[1], right, left], along * -1j),
        ([corners[3], corners[2], right, left], along * 1j),
    ]
    if has_ends:
        slopes += [([corners[0], corners[3], left], -along), ([corners[1], corners[2], right], along)]
    return slopes


def _flat_roof(canvas: Canvas, rng: Random, roof: Plot, colour: Colour) -> None:
    """Paints a light parapet, gravel, and a few boxes and skylights."""
    grey = sum(colour) / 3
    canvas.fill(roof.corners(), (grey + 40, grey + 38, grey + 34), 4)
    canvas.fill(roof.corners(0.88), (grey + 8, grey + 8, grey + 6), 6, 4)
    for _ in range(rng.randint(1, 4)):
        share = rng.uniform(0.05, 0.3)
        spot = roof.at(rng.choice((-1, 1)) * share, rng.choice((-1, 1)) * share)
        box = rectangle(spot, rng.uniform(2.5, 5.5), rng.uniform(2, 4), roof.angle)
        canvas.shadow(box, 2)
        canvas.fill(box, (206, 208, 208) if rng.random() < 0.6 else (88, 120, 150), 3)
