"""Paints the streets of the demo's tiles."""

import math
from dataclasses import dataclass
from random import Random

from core.demo import objects
from core.demo.canvas import Canvas
from core.demo.shapes import rectangle, turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A street: its distance from the middle of the tile and its width, in px."""

    at: float
    width: float


def street(canvas: Canvas, rng: Random, cut: Cut, angle: float, scale: float) -> None:
    """Paints a straight street with pavements, a dashed middle line and cars; a narrow one is a dirt track."""
    across, along = turn(angle), turn(angle) * 1j
    # Rows are columns turned by a quarter, so "right of the middle" means "below" it.
    middle = canvas.middle + across * cut.at
    length = canvas.size * 1.8
    if cut.width < 8 * scale:
        canvas.fill(rectangle(middle, cut.width, length, angle), (174, 160, 128), 6, 8)
        return
    canvas.fill(rectangle(middle, cut.width + 5 * scale, length, angle), (170, 166, 158), 4)
    canvas.fill(rectangle(middle, cut.width, length, angle), (96, 97, 100), 5, 5)
    starts = [middle + along * (14 * scale * step - length / 2) for step in range(int(length / 14 / scale))]
    dashes = [[spot, spot + along * 6 * scale] for spot in starts if canvas.is_near(spot, 6 * scale)]
    canvas.lines(dashes, 0.9 * scale, (222, 220, 208), 0.85)
    for _ in range(rng.randint(2, 6)):
        side = rng.choice((-1, 1)) * cut.width * rng.choice((0.24, 0.36))
        spot = middle + along * rng.uniform(-length / 2, length / 2) + across * side
        objects.car(canvas, rng, spot, angle + math.pi / 2, scale)
    kerb = middle + across * (cut.width / 2 + 3 * scale)
    for step in range(int(length / 40 / scale)):
        spot = kerb + along * (40 * scale * step - length / 2)
        if rng.random() < 0.3 and canvas.is_near(spot, 12 * scale):
            objects.tree(canvas, rng, spot, rng.uniform(3.5, 6) * scale)
