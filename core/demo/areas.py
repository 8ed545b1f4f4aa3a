"""Paints used plots of the demo's tiles: gardens with houses, undeveloped land, parks, car parks.

`scale` is the size of a house relative to one of 30 px.
"""

import math
from random import Random
from typing import Final

from core.demo import objects
from core.demo.canvas import Canvas, Colour
from core.demo.houses import house
from core.demo.shapes import Box, Plot, rectangle
from core.demo.sites import ragged, within

_GREENS: Final[list[Colour]] = [(118, 140, 74), (138, 150, 82), (98, 124, 64), (158, 154, 96), (128, 132, 78)]
_CORNERS: Final = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))


def undeveloped_land(canvas: Canvas, rng: Random, plot: Plot, scale: float) -> Box | None:
    """Paints a green or dry parcel with furrows or meadow and some hedges; returns its visible box."""
    corners = plot.corners()
    if rng.random() < 0.6:
        canvas.fill(corners, rng.choice(_GREENS), 7, 10)
        _furrows(canvas, plot)
    else:
        canvas.fill(corners, rng.choice(_GREENS), 9, 26)
    for first, last in zip(_CORNERS, _CORNERS[1:] + _CORNERS[:1], strict=True):
        if rng.random() < 0.65:
            start, end = plot.at(first[0] * 0.96, first[1] * 0.96), plot.at(last[0] * 0.96, last[1] * 0.96)
            _hedge(canvas, rng, start, end, 2.6 * scale)
        else:
            canvas.line([plot.at(*first), plot.at(*last)], 1.2, (176, 164, 128), 0.7)
    return canvas.bounds(corners)


def garden(canvas: Canvas, rng: Random, plot: Plot, scale: float) -> Box | None:
    """Paints a lot with a lawn, a drive, a house, trees and the like; returns the house's visible box."""
    lawn = (rng.uniform(96, 140), rng.uniform(118, 146), rng.uniform(68, 92))
    canvas.fill(plot.corners(0.96), lawn, 6, 7)
    width = min(rng.uniform(24, 42) * scale, plot.width * 0.84)
    depth = min(rng.uniform(19, 28) * scale, plot.depth * 0.66)
    drive = plot.at(0.36 * rng.choice((-1, 1)), -0.3)
    canvas.fill(rectangle(drive, 6.5 * scale, plot.depth * 0.4, plot.angle), (172, 166, 158), 4)
    if rng.random() < 0.5:
        objects.car(canvas, rng, drive, plot.angle + math.pi / 2, scale)
    if rng.random() < 0.5:
        objects.shed(canvas, rng, plot.at(rng.uniform(-0.38, 0.38), 0.4), plot.angle)
    if rng.random() < 0.14:
        pool = rectangle(plot.at(rng.uniform(-0.2, 0.2), 0.36), 11 * scale, 6 * scale, plot.angle)
        canvas.fill(pool, (92, 178, 198), 3)
    spot = plot.at(rng.uniform(-0.07, 0.07), rng.uniform(-0.18, 0.02))
    box = house(canvas, rng, spot, width, depth, plot.angle + rng.gauss(0, 0.03))
    for _ in range(rng.randint(0, 3)):
        spot = plot.at(rng.choice((-0.46, 0.46)), rng.uniform(-0.5, 0.5))
        objects.tree(canvas, rng, spot, rng.uniform(3.5, 7.5) * scale)
    return box


def park(canvas: Canvas, rng: Random, plot: Plot, scale: float) -> None:
    """Paints a park with paths, trees and perhaps a pond. It has no label: it is green, but no undeveloped land."""
    canvas.fill(plot.corners(), (102, 130, 66), 5, 9)
    crossing = within(rng, plot, 0.25)
    for corner in rng.sample(plot.corners(), 3):
        bend = (corner + crossing) / 2 + complex(rng.uniform(-5, 5), rng.uniform(-5, 5))
        canvas.line([corner, bend, crossing], 2.6 * scale, (204, 190, 160))
    if rng.random() < 0.4:
        pond = Plot(centre=within(rng, plot, 0.25), width=plot.width * 0.3, depth=plot.depth * 0.24, angle=plot.angle)
        canvas.fill(ragged(rng, pond), (70, 96, 104), 3, 2)
    for _ in range(int(plot.width * plot.depth / 420 / scale)):
        objects.tree(canvas, rng, within(rng, plot, 0.46), rng.uniform(4, 8) * scale)


def car_park(canvas: Canvas, rng: Random, plot: Plot, scale: float) -> None:
    """Paints a car park, about half full; it has no label."""
    canvas.fill(plot.corners(0.94), (112, 112, 114), 5, 5)
    rows, bays = max(int(plot.depth / (17 * scale)), 1), max(int(plot.width * 0.86 / (6 * scale)), 1)
    half = 4.7 * scale / plot.depth
    marks, cars = [], []
    for row in range(rows):
        down = (row + 0.5) / rows - 0.5
        for bay in range(bays):
            across = ((bay + 0.5) / bays - 0.5) * 0.86
            side = across - 0.43 / bays
            marks.append([plot.at(side, down - half), plot.at(side, down + half)])
            if rng.random() < 0.5:
                cars.append(plot.at(across, down))
    canvas.lines(marks, 0.7, (216, 216, 210), 0.8)
    for spot in cars:
        objects.car(canvas, rng, spot, plot.angle + math.pi / 2, scale * 0.95)


def _furrows(canvas: Canvas, plot: Plot) -> None:
    """Paints furrows along the longer side, 3.4 px apart."""
    is_upright = plot.width < plot.depth
    count = int(0.96 * min(plot.width, plot.depth) / 3.4)
    furrows = []
    for number in range(count):
        share = (number + 0.5) / count * 0.96 - 0.48
        ends = ((share, -0.49), (share, 0.49)) if is_upright else ((-0.49, share), (0.49, share))
        furrows.append([plot.at(*end) for end in ends])
    canvas.lines(furrows, 1.3, (84, 92, 52), 0.34)


def _hedge(canvas: Canvas, rng: Random, start: complex, end: complex, radius: float) -> None:
    """Paints a row of bushes with some gaps."""
    count = max(int(abs(end - start) / (1.4 * radius)), 2)
    steps = [step / (count - 1) for step in range(count) if rng.random() < 0.93]
    spots = [start + (end - start) * step + complex(rng.gauss(0, 0.5), rng.gauss(0, 0.5)) for step in steps]
    canvas.bushes(spots, [radius * rng.uniform(0.8, 1.25) for _ in spots], (66, 88, 46))
