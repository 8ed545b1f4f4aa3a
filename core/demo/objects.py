"""Paints small objects on the demo's tiles: trees, cars, sheds, machines.

Positions and sizes are in px of the final image, angles in radians.
"""

import math
from random import Random
from typing import Final

from core.demo.canvas import Canvas, Colour
from core.demo.houses import ROOFS
from core.demo.shapes import moved, rectangle, turn

_TREES: Final[list[Colour]] = [(58, 84, 44), (70, 98, 50), (48, 72, 46), (88, 104, 56), (64, 78, 40)]
_CARS: Final[list[Colour]] = [
    (226, 226, 228), (52, 54, 60), (150, 152, 156), (152, 44, 40), (54, 78, 126), (200, 196, 180),
]  # fmt: skip
_MACHINE_YELLOW: Final[Colour] = (232, 176, 34)
_DARK: Final[Colour] = (30, 28, 26)


def shed(canvas: Canvas, rng: Random, spot: complex, angle: float) -> None:
    """Paints a garden shed or a carport: a small roof that is no residential building."""
    side = rng.uniform(5, 9)
    points = rectangle(spot, side * rng.uniform(1, 1.5), side, angle)
    canvas.shadow(points, 3)
    canvas.fill(points, rng.choice(ROOFS), 4)


def tree(canvas: Canvas, rng: Random, spot: complex, radius: float) -> None:
    """Paints a tree with two crowns."""
    colour = rng.choice(_TREES)
    canvas.blob(spot, radius, colour, radius * 0.8, rng)
    inner = spot + complex(rng.uniform(-0.45, 0.45), rng.uniform(-0.45, 0.45)) * radius - canvas.sun * radius * 0.2
    canvas.blob(inner, radius * 0.6, (colour[0] * 1.14, colour[1] * 1.14, colour[2] * 1.08), 0, rng)


def car(canvas: Canvas, rng: Random, spot: complex, angle: float, scale: float) -> None:
    """Paints a car."""
    if not canvas.is_near(spot, 8 * scale):
        return
    points = rectangle(spot, 8.5 * scale, 4 * scale, angle)
    canvas.darken(moved(points, canvas.sun * 1.2), 0.55)
    canvas.fill(points, rng.choice(_CARS), 2)
    back = spot - 0.6 * scale * turn(angle)
    canvas.glaze(rectangle(back, 4.2 * scale, 3.2 * scale, angle), (44, 50, 58), 0.7)


def excavator(canvas: Canvas, rng: Random, spot: complex, angle: float, scale: float) -> None:
    """Paints an excavator: tracks, a yellow cabin, a bent arm with a bucket."""
    for side in (-3.2j, 3.2j):
        track = spot + side * scale * turn(angle)
        canvas.fill(rectangle(track, 12 * scale, 2.6 * scale, angle), (52, 48, 44), 3)
    heading = angle + rng.uniform(-1.2, 1.2)
    body = rectangle(spot, 9 * scale, 7 * scale, heading)
    canvas.shadow(body, 4 * scale)
    canvas.fill(body, _MACHINE_YELLOW, 4)
    canvas.fill(rectangle(spot, 3.5 * scale, 3 * scale, heading), (60, 66, 70), 2)
    arm = [joint * scale * turn(heading) + spot for joint in (3, 10 + 1.5j, 15 - 0.5j)]
    canvas.line(moved(arm, canvas.sun * 3 * scale), 1.8 * scale, _DARK, 0.45)
    canvas.line(arm, 2.0 * scale, (222, 160, 28))
    canvas.fill(rectangle(arm[-1], 3.4 * scale, 4 * scale, heading), (70, 62, 54), 3)


def crane(canvas: Canvas, rng: Random, spot: complex, angle: float, reach: float) -> None:
    """Paints a tower crane seen from above: a lattice jib, a counter-jib, and a long shadow."""
    along = turn(angle)
    start, end = spot - 0.3 * reach * along, spot + reach * along
    fall = canvas.sun * reach * 0.45
    canvas.line([spot, spot + fall], 1.6, _DARK, 0.45)
    canvas.line([start + fall, end + fall], 1.8, _DARK, 0.45)
    colour: Colour = (236, 190, 40) if rng.random() < 0.7 else (206, 64, 44)
    across = 1.4j * along
    canvas.lines([[start + across, end + across], [start - across, end - across]], 0.8, colour)
    count = max(int(reach / 3), 4)
    rail = [start + (end - start) * step / count for step in range(count + 1)]
    canvas.line([point + across * (-1) ** step for step, point in enumerate(rail)], 0.7, colour)
    canvas.fill(rectangle(start, 5, 4, angle), (120, 120, 122), 3)
    canvas.fill(rectangle(spot, 4.5, 4.5, angle), colour, 3)


def any_angle(rng: Random) -> float:
    """A random angle in radians, from 0 to 2 pi."""
    return rng.uniform(0, 2 * math.pi)
