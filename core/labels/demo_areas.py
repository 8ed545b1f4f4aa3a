"""The plots of the demo's tiles: construction sites, undeveloped land, gardens, parks, car parks.

Imported by core.labels.demo_scene only. A plot is a turned rectangle in px of the final picture.
"""

from dataclasses import dataclass

import numpy as np

from core.labels import demo_objects as objects
from core.labels.demo_canvas import Box, Canvas, Colour, Points, rectangle, turn


@dataclass(frozen=True, slots=True)
class Plot:
    """A rectangle round its centre, a (2,) point, turned by `angle` radians."""

    centre: Points
    width: float
    depth: float
    angle: float

    def at(self, across: float, down: float) -> Points:
        """(2,) the place at shares of the plot, -0.5 to 0.5 each way."""
        return np.array([across * self.width, down * self.depth]) @ turn(self.angle) + self.centre

    def outline(self, share: float = 1.0) -> Points:
        """(4, 2) its corners, drawn in to a share of its size."""
        return rectangle(self.centre, self.width * share, self.depth * share, self.angle)


def construction_site(canvas: Canvas, plot: Plot, scale: float) -> Box | None:
    """Bare earth with tracks, heaps, a half-built house, containers and machines; its visible box."""
    rng = canvas.rng
    earth: Colour = [(168, 138, 104), (152, 118, 88), (184, 160, 126), (140, 114, 92)][rng.integers(4)]
    outline = _ragged(canvas, plot)
    canvas.fill(outline, earth, 8, 14)
    for _ in range(3):
        start, end = plot.at(*rng.uniform(-0.42, 0.42, 2)), plot.at(*rng.uniform(-0.42, 0.42, 2))
        bend = (start + end) / 2 + rng.uniform(-8, 8, 2)
        for shift in (-1.8, 1.8):
            canvas.line(np.array([start, bend, end]) + shift * scale, 1.1 * scale, (96, 74, 56), 0.4)
    if min(plot.width, plot.depth) > 46 * scale and rng.random() < 0.85:
        _half_built(canvas, plot, scale)
    for _ in range(rng.integers(1, 4)):
        heap = (earth[0] * rng.uniform(0.8, 1.12), earth[1] * rng.uniform(0.8, 1.1), earth[2] * 0.95)
        canvas.blob(plot.at(*rng.uniform(-0.38, 0.38, 2)), rng.uniform(4, 8) * scale, heap, 3)
    for _ in range(rng.integers(0, 4)):
        spot = plot.at(rng.uniform(-0.4, 0.4), rng.choice([-0.38, 0.38]))
        container = rectangle(spot, 11 * scale, 4.6 * scale, plot.angle)
        canvas.shadow(container, 3)
        canvas.fill(container, [(58, 92, 142), (222, 222, 218), (172, 66, 46)][rng.integers(3)], 3)
    for _ in range(rng.integers(1, 3)):
        objects.excavator(canvas, plot.at(*rng.uniform(-0.3, 0.3, 2)), rng.uniform(0, 2 * np.pi), scale)
    if rng.random() < 0.45 and min(plot.width, plot.depth) > 56 * scale:
        objects.crane(canvas, plot.at(*rng.uniform(-0.15, 0.15, 2)), rng.uniform(0, 2 * np.pi), 34 * scale)
    return canvas.bounds(outline)


def undeveloped_land(canvas: Canvas, plot: Plot, scale: float) -> Box | None:
    """A green or dry parcel with furrows or meadow, and hedges along some of its sides; its visible box."""
    rng = canvas.rng
    green: Colour = [(118, 140, 74), (138, 150, 82), (98, 124, 64), (158, 154, 96), (128, 132, 78)][rng.integers(5)]
    outline = plot.outline()
    canvas.fill(outline, green, 7, 10)
    if rng.random() < 0.6:
        across = plot.width < plot.depth
        furrows = []
        for share in np.arange(-0.48, 0.49, 3.4 / (plot.width if across else plot.depth)):
            ends = ((share, -0.49), (share, 0.49)) if across else ((-0.49, share), (0.49, share))
            furrows.append(np.array([plot.at(*end) for end in ends]))
        canvas.lines(furrows, 1.3, (84, 92, 52), 0.34)
    else:
        canvas.fill(outline, (green[0] * 1.05, green[1] * 1.02, green[2]), 12, 30, 0.6)
    sides = [(-0.5, -0.5, 0.5, -0.5), (0.5, -0.5, 0.5, 0.5), (0.5, 0.5, -0.5, 0.5), (-0.5, 0.5, -0.5, -0.5)]
    for first_across, first_down, last_across, last_down in sides:
        if rng.random() < 0.65:
            start, end = plot.at(first_across * 0.96, first_down * 0.96), plot.at(last_across * 0.96, last_down * 0.96)
            count = max(int(np.hypot(*(end - start)) / (3.6 * scale)), 2)
            steps = [step for step in np.linspace(0, 1, count) if rng.random() < 0.93]
            hedge = [start * (1 - step) + end * step + rng.normal(0, 0.5, 2) for step in steps]
            canvas.bushes(hedge, 2.6 * scale, (66, 88, 46))
        else:
            canvas.line(
                np.array([plot.at(first_across, first_down), plot.at(last_across, last_down)]),
                1.2,
                (176, 164, 128),
                0.7,
            )
    return canvas.bounds(outline)


def garden(canvas: Canvas, plot: Plot, scale: float) -> Box | None:
    """A lot with a lawn, a drive, a house, and what stands round it; the house's visible box."""
    rng = canvas.rng
    lawn = (rng.uniform(96, 140), rng.uniform(118, 146), rng.uniform(68, 92))
    canvas.fill(plot.outline(0.96), lawn, 6, 7)
    width = min(rng.uniform(24, 42) * scale, plot.width * 0.84)
    depth = min(rng.uniform(19, 28) * scale, plot.depth * 0.66)
    across, down = rng.uniform(-0.07, 0.07), rng.uniform(-0.18, 0.02)
    drive = plot.at(0.36 * rng.choice([-1, 1]), -0.3)
    canvas.fill(rectangle(drive, 6.5 * scale, plot.depth * 0.4, plot.angle), (172, 166, 158), 4)
    if rng.random() < 0.5:
        objects.car(canvas, drive, plot.angle + np.pi / 2, scale)
    if rng.random() < 0.5:
        objects.shed(canvas, plot.at(rng.uniform(-0.38, 0.38), 0.4), plot.angle)
    if rng.random() < 0.14:
        canvas.fill(
            rectangle(plot.at(rng.uniform(-0.2, 0.2), 0.36), 11 * scale, 6 * scale, plot.angle), (92, 178, 198), 3
        )
    box = objects.house(canvas, plot.at(across, down), width, depth, plot.angle + rng.normal(0, 0.03))
    for _ in range(rng.integers(0, 4)):
        objects.tree(
            canvas, plot.at(*(rng.choice([-0.46, 0.46]), rng.uniform(-0.5, 0.5))), rng.uniform(3.5, 7.5) * scale
        )
    return box


def park(canvas: Canvas, plot: Plot, scale: float) -> None:
    """A park with paths, trees and perhaps a pond: green, but nobody's building land, so without a label."""
    rng = canvas.rng
    canvas.fill(plot.outline(), (102, 130, 66), 5, 9)
    crossing = plot.at(*rng.uniform(-0.25, 0.25, 2))
    for corner in plot.outline()[rng.permutation(4)[:3]]:
        canvas.line(
            np.array([corner, (corner + crossing) / 2 + rng.uniform(-5, 5, 2), crossing]), 2.6 * scale, (204, 190, 160)
        )
    if rng.random() < 0.4:
        pond = Plot(plot.at(*rng.uniform(-0.25, 0.25, 2)), plot.width * 0.3, plot.depth * 0.24, plot.angle)
        canvas.fill(_ragged(canvas, pond), (70, 96, 104), 3, 2)
    for _ in range(int(plot.width * plot.depth / 420 / scale)):
        objects.tree(canvas, plot.at(*rng.uniform(-0.46, 0.46, 2)), rng.uniform(4, 8) * scale)


def car_park(canvas: Canvas, plot: Plot, scale: float) -> None:
    """Asphalt with bays, about half of them taken; without a label."""
    canvas.fill(plot.outline(0.94), (112, 112, 114), 5, 5)
    rows, bays = max(int(plot.depth / (17 * scale)), 1), max(int(plot.width * 0.86 / (6 * scale)), 1)
    marks, cars = [], []
    for row in range(rows):
        down = (row + 0.5) / rows - 0.5
        for bay in range(bays):
            across = ((bay + 0.5) / bays - 0.5) * 0.86
            marks.append(
                np.array(
                    [
                        plot.at(across - 0.43 / bays, down - 4.7 * scale / plot.depth),
                        plot.at(across - 0.43 / bays, down + 4.7 * scale / plot.depth),
                    ]
                )
            )
            if canvas.rng.random() < 0.5:
                cars.append(plot.at(across, down))
    canvas.lines(marks, 0.7, (216, 216, 210), 0.8)
    for spot in cars:
        objects.car(canvas, spot, plot.angle + np.pi / 2, scale * 0.95)


def waste_ground(canvas: Canvas, plot: Plot) -> None:
    """Bare or burnt ground without machines: looks like a construction site, and is none."""
    canvas.fill(_ragged(canvas, plot), (156, 138, 106), 8, 16, 0.85)
    for _ in range(canvas.rng.integers(2, 7)):
        canvas.blob(plot.at(*canvas.rng.uniform(-0.45, 0.45, 2)), canvas.rng.uniform(2, 4.5), (96, 106, 62), 2)


def _half_built(canvas: Canvas, plot: Plot, scale: float) -> None:
    """A floor slab with walls up to the first storey."""
    rng = canvas.rng
    inner = Plot(
        plot.at(*rng.uniform(-0.14, 0.14, 2)), rng.uniform(26, 38) * scale, rng.uniform(20, 28) * scale, plot.angle
    )
    canvas.shadow(inner.outline(), 3)
    canvas.fill(inner.outline(), (178, 176, 170), 5, 3)
    for share in (-0.5, -0.16, 0.2, 0.5):
        canvas.line(
            np.array([inner.at(share, -0.5), inner.at(share, 0.5)]) + canvas.sun * 1.6, 1.4 * scale, (92, 88, 82), 0.6
        )
        canvas.line(np.array([inner.at(share, -0.5), inner.at(share, 0.5)]), 1.5 * scale, (212, 204, 192))
    for share in (-0.5, 0.05, 0.5):
        canvas.line(
            np.array([inner.at(-0.5, share), inner.at(0.5, share)]) + canvas.sun * 1.6, 1.4 * scale, (92, 88, 82), 0.6
        )
        canvas.line(np.array([inner.at(-0.5, share), inner.at(0.5, share)]), 1.5 * scale, (206, 178, 150))


def _ragged(canvas: Canvas, plot: Plot) -> Points:
    """A plot's outline with uneven edges, inside the plot."""
    shares = np.linspace(-0.5, 0.5, 6)[:-1]
    border = (
        [(s, -0.5) for s in shares]
        + [(0.5, s) for s in shares]
        + [(-s, 0.5) for s in shares]
        + [(-0.5, -s) for s in shares]
    )
    return np.array(
        [plot.at(across, down) for across, down in np.array(border) * canvas.rng.uniform(0.93, 1.0, (20, 1))]
    )
