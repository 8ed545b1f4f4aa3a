"""Lays out an aerial tile of the demo: streets, the blocks between them, and their uses.

Each tile depends only on its seed and number.
"""

import itertools
import math
from dataclasses import dataclass, field
from random import Random
from typing import Final

from PIL import Image

from core.demo import areas, objects, sites
from core.demo.canvas import Canvas, Colour
from core.demo.houses import house
from core.demo.shapes import Box, Plot, turn
from core.demo.streets import Cut, street

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
# A sliver at the border cannot be recognised, so it gets no label.
_SMALLEST_SIDE: Final = 7.0

Objects = list[tuple[int, Box | None]]


@dataclass(slots=True)
class Tile:
    """A finished image and its objects: class index and visible corners in px."""

    image: Image.Image
    objects: list[tuple[int, Box]] = field(default_factory=list)


def draw_tile(seed: int, number: int, size: int) -> Tile:
    """Draws a tile of `size` x `size` px; every sixteenth is woodland without an object."""
    # A text seed: Python hashes all of it, and equally on every platform.
    rng = Random(f"{seed}/{number}")
    canvas = Canvas(rng, size, turn(objects.any_angle(rng)))
    canvas.ground(rng.choice(_GROUNDS))
    painted: Objects = []
    if number % 16 == 9:
        _woodland(canvas, rng)
    else:
        painted = _town(canvas, rng)
    image = canvas.finish(rng.uniform(0.9, 1.12), rng.uniform(-0.03, 0.04))
    return Tile(image, [(category, box) for category, box in painted if box is not None and _is_worth_a_label(box)])


def _is_worth_a_label(box: Box) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) >= _SMALLEST_SIDE


def _woodland(canvas: Canvas, rng: Random) -> None:
    size = canvas.size
    middle = complex(rng.uniform(0, size), rng.uniform(0, size))
    sites.waste_ground(canvas, rng, Plot(centre=middle, width=size * 0.5, depth=size * 0.35, angle=rng.uniform(0, 3)))
    for _ in range(130):
        spot = complex(rng.uniform(-5, size + 5), rng.uniform(-5, size + 5))
        objects.tree(canvas, rng, spot, rng.uniform(7, 16) * size / 320)


def _town(canvas: Canvas, rng: Random) -> Objects:
    size = canvas.size
    scale = rng.choices((0.75, 0.95, 1.2, 1.5), (0.2, 0.35, 0.3, 0.15))[0] * size / 320
    angle = rng.gauss(0, 0.05) if rng.random() < 0.6 else rng.uniform(-0.45, 0.45)
    columns, rows = _cuts(rng, size, scale), _cuts(rng, size, scale)
    plots = _plots(canvas, rng, columns, rows, angle, scale)
    # Streets first, so that none covers a roof or a shadow.
    for cut in columns:
        street(canvas, rng, cut, angle, scale)
    for cut in rows:
        street(canvas, rng, cut, angle + math.pi / 2, scale)
    painted: Objects = []
    for use, plot in plots:
        if _is_in_sight(canvas, plot):
            painted += _build(canvas, rng, use, plot, scale)
    return painted


def _cuts(rng: Random, size: int, scale: float) -> list[Cut]:
    """Positions and widths of the parallel streets, measured from the middle of the tile."""
    cuts, at = [], -size * 0.8 + rng.uniform(0, 60) * scale
    while at < size * 0.8:
        cuts.append(Cut(at=at, width=rng.choices((5, 13, 18), (0.25, 0.5, 0.25))[0] * scale))
        at += rng.uniform(80, 150) * scale
    return cuts


def _plots(
    canvas: Canvas, rng: Random, columns: list[Cut], rows: list[Cut], angle: float, scale: float
) -> list[tuple[str, Plot]]:
    """The blocks between the streets with their uses; blocks of homes are cut into lots."""
    plots: list[tuple[str, Plot]] = []
    for (left, right), (top, bottom) in itertools.product(itertools.pairwise(columns), itertools.pairwise(rows)):
        x1, x2 = left.at + left.width / 2 + 3, right.at - right.width / 2 - 3
        y1, y2 = top.at + top.width / 2 + 3, bottom.at - bottom.width / 2 - 3
        middle = canvas.middle + complex(x1 + x2, y1 + y2) / 2 * turn(angle)
        block = Plot(centre=middle, width=x2 - x1, depth=y2 - y1, angle=angle)
        if _is_in_sight(canvas, block):
            use = rng.choices(_USES, _SHARES)[0]
            plots += _lots(rng, block, scale) if use == "homes" else [(use, block)]
    return plots


def _is_in_sight(canvas: Canvas, plot: Plot) -> bool:
    """Whether any part of the plot or of its shadows can be in the image."""
    return canvas.is_near(plot.centre, math.hypot(plot.width, plot.depth) / 2 + canvas.size / 20)


def _lots(rng: Random, block: Plot, scale: float) -> list[tuple[str, Plot]]:
    """One or two rows of lots, back to back; a few are building sites or still empty."""
    lines = 2 if block.depth > 84 * scale else 1
    count = max(int(block.width / (rng.uniform(36, 50) * scale)), 1)
    lots = []
    for line, number in itertools.product(range(lines), range(count)):
        middle = block.at((number + 0.5) / count - 0.5, (line + 0.5) / lines - 0.5)
        lot = Plot(
            centre=middle,
            width=block.width / count,
            depth=block.depth / lines,
            angle=block.angle + (math.pi if line else 0),
        )
        lots.append((rng.choices(("home", "site", "land", "waste"), (0.86, 0.05, 0.06, 0.03))[0], lot))
    return lots


def _build(canvas: Canvas, rng: Random, use: str, plot: Plot, scale: float) -> Objects:
    if use == "home":
        return [(_HOUSE, areas.garden(canvas, rng, plot, scale))]
    if use == "site":
        painted: Objects = [(_SITE, sites.construction_site(canvas, rng, plot, scale))]
        # Some larger sites have an old inhabited house on a corner.
        if rng.random() < 0.25 and min(plot.width, plot.depth) > 70 * scale:
            corner = plot.at(rng.choice((-0.34, 0.34)), rng.choice((-0.34, 0.34)))
            painted.append((_HOUSE, house(canvas, rng, corner, 26 * scale, 20 * scale, plot.angle)))
        return painted
    if use == "land":
        return [(_LAND, areas.undeveloped_land(canvas, rng, plot, scale))]
    if use == "park":
        areas.park(canvas, rng, plot, scale)
    elif use == "cars":
        areas.car_park(canvas, rng, plot, scale)
    else:
        sites.waste_ground(canvas, rng, plot)
    return []
