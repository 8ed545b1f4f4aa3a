"""Lays out one aerial tile of the demo: streets, blocks between them, and what each block is used for.

Imported by core.labels.demo only. Each tile depends on (seed, number) alone.
"""

import itertools
import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image

from core.labels import demo_areas as areas
from core.labels import demo_objects as objects
from core.labels.demo_areas import Plot
from core.labels.demo_canvas import Box, Canvas, Colour, rectangle, turn

CLASSES: Final = ("construction site", "residential building", "undeveloped land")
_SITE, _HOUSE, _LAND = 0, 1, 2
_GROUNDS: Final[list[list[Colour]]] = [
    [(112, 126, 76), (134, 138, 88), (150, 142, 104)],
    [(128, 128, 84), (150, 142, 100), (108, 120, 72)],
    [(98, 116, 66), (118, 130, 78), (134, 128, 92)],
    [(150, 138, 104), (166, 152, 118), (126, 126, 80)],
]
_USES: Final = ("homes", "site", "land", "park", "cars", "waste")
_SHARES: Final = (0.44, 0.17, 0.19, 0.09, 0.05, 0.06)
# A sliver at the border says too little of what it is to be worth a label.
_SMALLEST_SIDE: Final = 7.0


@dataclass(slots=True)
class Tile:
    """A finished picture and its objects: class index and visible corners in px."""

    image: Image.Image
    objects: list[tuple[int, Box]] = field(default_factory=list)


def draw_tile(seed: int, number: int, size: int) -> Tile:
    """One tile of `size` x `size` px; every sixteenth is woodland without an object."""
    rng = np.random.default_rng([seed, number])
    bearing = rng.uniform(0, 2 * np.pi)
    canvas = Canvas(rng, size, np.array([np.cos(bearing), np.sin(bearing)]))
    canvas.ground(_GROUNDS[rng.integers(len(_GROUNDS))])
    found: list[tuple[int, Box | None]] = []
    if number % 16 == 9:
        _woodland(canvas)
    else:
        found = _town(canvas)
    image = canvas.finish(rng.uniform(0.9, 1.12), rng.uniform(-0.03, 0.04))
    return Tile(image, [(kind, box) for kind, box in found if box is not None and _is_worth_a_label(box)])


def _is_worth_a_label(box: Box) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) >= _SMALLEST_SIDE


def _woodland(canvas: Canvas) -> None:
    lake = Plot(canvas.rng.uniform(0, canvas.size, 2), canvas.size * 0.5, canvas.size * 0.35, canvas.rng.uniform(0, 3))
    areas.waste_ground(canvas, lake)
    for spot in canvas.rng.uniform(-5, canvas.size + 5, (130, 2)):
        objects.tree(canvas, spot, float(canvas.rng.uniform(7, 16)))


def _town(canvas: Canvas) -> list[tuple[int, Box | None]]:
    rng, size = canvas.rng, canvas.size
    scale = float(rng.choice([0.75, 0.95, 1.2, 1.5], p=[0.2, 0.35, 0.3, 0.15])) * size / 320
    angle = float(rng.normal(0, 0.05) if rng.random() < 0.6 else rng.uniform(-0.45, 0.45))
    columns, rows = _cuts(rng, size, scale), _cuts(rng, size, scale)
    # Low things first, so that no street runs over a roof and no shadow is painted over.
    plots = _plots(canvas, columns, rows, angle, scale)
    for cut, width in columns:
        _street(canvas, cut, width, angle, scale)
    for cut, width in rows:
        _street(canvas, cut, width, angle + np.pi / 2, scale)
    found = []
    for use, plot in plots:
        if not _is_in_sight(canvas, plot):
            continue
        found += _build(canvas, use, plot, scale)
    return found


def _cuts(rng: np.random.Generator, size: int, scale: float) -> list[tuple[float, float]]:
    """Places and widths of the parallel streets, measured from the middle of the tile."""
    cuts, at = [], -size * 0.8 + rng.uniform(0, 60) * scale
    while at < size * 0.8:
        cuts.append((at, float(rng.choice([5, 13, 18], p=[0.25, 0.5, 0.25]) * scale)))
        at += rng.uniform(80, 150) * scale
    return cuts


def _plots(
    canvas: Canvas, columns: list[tuple[float, float]], rows: list[tuple[float, float]], angle: float, scale: float
) -> list[tuple[str, Plot]]:
    """The blocks between the streets with their uses, blocks of homes cut into lots."""
    plots: list[tuple[str, Plot]] = []
    for (left, left_width), (right, right_width) in itertools.pairwise(columns):
        for (top, top_width), (bottom, bottom_width) in itertools.pairwise(rows):
            x1, x2 = left + left_width / 2 + 3, right - right_width / 2 - 3
            y1, y2 = top + top_width / 2 + 3, bottom - bottom_width / 2 - 3
            middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2]) @ turn(angle) + canvas.size / 2
            block = Plot(middle, x2 - x1, y2 - y1, angle)
            if not _is_in_sight(canvas, block):
                continue
            use = str(canvas.rng.choice(_USES, p=_SHARES))
            plots += _lots(canvas, block, scale) if use == "homes" else [(use, block)]
    return plots


def _is_in_sight(canvas: Canvas, plot: Plot) -> bool:
    """Whether any of the plot, or of a shadow from it, can be in the picture."""
    reach = math.hypot(plot.width, plot.depth) / 2 + canvas.size / 20
    return bool((plot.centre > -reach).all() and (plot.centre < canvas.size + reach).all())


def _lots(canvas: Canvas, block: Plot, scale: float) -> list[tuple[str, Plot]]:
    """One or two rows of lots, back to back; now and then one is a building site or still empty."""
    rng = canvas.rng
    lines = 2 if block.depth > 84 * scale else 1
    count = max(int(block.width / (rng.uniform(36, 50) * scale)), 1)
    lots = []
    for line in range(lines):
        for number in range(count):
            middle = block.at((number + 0.5) / count - 0.5, (line + 0.5) / lines - 0.5)
            facing = block.angle + (np.pi if line else 0)
            lot = Plot(middle, block.width / count, block.depth / lines, facing)
            lots.append((str(rng.choice(["home", "site", "land", "waste"], p=[0.86, 0.05, 0.06, 0.03])), lot))
    return lots


def _build(canvas: Canvas, use: str, plot: Plot, scale: float) -> list[tuple[int, Box | None]]:
    if use == "home":
        return [(_HOUSE, areas.garden(canvas, plot, scale))]
    if use == "site":
        box = areas.construction_site(canvas, plot, scale)
        # An old house that is still lived in stands on the corner of some larger sites.
        if canvas.rng.random() < 0.25 and min(plot.width, plot.depth) > 70 * scale:
            corner = plot.at(*(canvas.rng.choice([-0.34, 0.34], 2)))
            return [(_SITE, box), (_HOUSE, objects.house(canvas, corner, 26 * scale, 20 * scale, plot.angle))]
        return [(_SITE, box)]
    if use == "land":
        return [(_LAND, areas.undeveloped_land(canvas, plot, scale))]
    if use == "park":
        areas.park(canvas, plot, scale)
    elif use == "cars":
        areas.car_park(canvas, plot, scale)
    else:
        areas.waste_ground(canvas, plot)
    return []


def _street(canvas: Canvas, cut: float, width: float, angle: float, scale: float) -> None:
    """A straight street through the tile with pavements, a dashed middle line and cars; narrow ones are tracks."""
    along, across = np.array([0.0, 1.0]) @ turn(angle), np.array([1.0, 0.0]) @ turn(angle)
    if abs(np.sin(angle)) > 0.7:
        across = -across
    middle = canvas.size / 2 + across * cut
    length = canvas.size * 1.8
    if width < 8 * scale:
        canvas.fill(rectangle(middle, width, length, angle), (178, 162, 130), 6, 8, 0.9)
        return
    canvas.fill(rectangle(middle, width + 5 * scale, length, angle), (170, 166, 158), 4)
    canvas.fill(rectangle(middle, width, length, angle), (96, 97, 100), 5, 5)
    steps = np.arange(-length / 2, length / 2, 14 * scale)
    dashes = [np.array([middle + along * step, middle + along * (step + 6 * scale)]) for step in steps]
    canvas.lines(dashes, 0.9 * scale, (222, 220, 208), 0.85)
    for _ in range(canvas.rng.integers(2, 7)):
        spot = middle + along * canvas.rng.uniform(-length / 2, length / 2)
        side = canvas.rng.choice([-1, 1]) * width * canvas.rng.choice([0.24, 0.36])
        objects.car(canvas, (spot + across * side), angle + np.pi / 2, scale)
    for step in np.arange(-length / 2, length / 2, 40 * scale):
        if canvas.rng.random() < 0.3:
            objects.tree(
                canvas, (middle + along * step + across * (width / 2 + 3 * scale)), canvas.rng.uniform(3.5, 6) * scale
            )
