"""What stands on the ground of the demo's tiles: houses, trees, cars, machines. Imported by the demo modules only.

Places and sizes are px of the final picture, angles radians. A house gives the box of its roof, without the shadow.
"""

from typing import Final

import numpy as np

from core.labels.demo_canvas import Box, Canvas, Colour, Points, rectangle, turn

ROOFS: Final[list[Colour]] = [
    (168, 92, 66), (150, 78, 60), (124, 84, 66), (108, 104, 106), (84, 86, 94), (146, 130, 112),
    (186, 176, 160), (132, 120, 92), (92, 74, 62), (176, 112, 78),
]  # fmt: skip
_TREES: Final[list[Colour]] = [(58, 84, 44), (70, 98, 50), (48, 72, 46), (88, 104, 56), (64, 78, 40)]
_CARS: Final[list[Colour]] = [
    (226, 226, 228),
    (52, 54, 60),
    (150, 152, 156),
    (152, 44, 40),
    (54, 78, 126),
    (200, 196, 180),
]
_MACHINE_YELLOW: Final[Colour] = (232, 176, 34)


def house(canvas: Canvas, spot: Points, width: float, depth: float, angle: float) -> Box | None:
    """A house with a gabled, hipped, flat or L-shaped roof; its visible box."""
    rng = canvas.rng
    colour = ROOFS[rng.integers(len(ROOFS))]
    colour = tuple(float(part * rng.uniform(0.88, 1.1)) for part in colour)  # type: ignore[assignment]
    outline = rectangle(spot, width, depth, angle)
    height = rng.uniform(5, 9) * (1.3 if rng.random() < 0.2 else 1)
    kind = rng.choice(["gable", "hip", "flat", "wing"], p=[0.42, 0.2, 0.2, 0.18])
    parts = [(outline, width, depth, angle)]
    if kind == "wing":
        offset = np.array([width * 0.25 * rng.choice([-1, 1]), depth * 0.45]) @ turn(angle)
        wing = (width * 0.45, depth * 0.75)
        parts.append((rectangle(spot + offset, *wing, angle), wing[1], wing[0], angle + np.pi / 2))
    for points, *_ in parts:
        canvas.shadow(points, height)
    boxes = []
    for points, long, short, turned in parts:
        canvas.fill(points, colour, 5, 3)
        boxes.append(canvas.bounds(points))
        if kind == "flat":
            _flat_roof(canvas, points, turned, colour)
        else:
            _pitched_roof(canvas, points, (long, short, turned), kind == "hip")
    return _union(boxes)


def shed(canvas: Canvas, spot: Points, angle: float) -> None:
    """A garden shed or a carport: a small roof that is no residential building."""
    side = canvas.rng.uniform(5, 9)
    points = rectangle(spot, side * canvas.rng.uniform(1, 1.5), side, angle)
    canvas.shadow(points, 3)
    canvas.fill(points, ROOFS[canvas.rng.integers(len(ROOFS))], 4)


def tree(canvas: Canvas, spot: Points, radius: float) -> None:
    """A tree of two or three crowns."""
    colour = _TREES[canvas.rng.integers(len(_TREES))]
    canvas.blob(spot, radius, colour, radius * 0.8)
    inner = spot + canvas.rng.uniform(-0.45, 0.45, 2) * radius - canvas.sun * radius * 0.2
    lighter: Colour = (colour[0] * 1.14, colour[1] * 1.14, colour[2] * 1.08)
    canvas.blob(inner, radius * 0.6, lighter, 0)


def car(canvas: Canvas, spot: Points, angle: float, scale: float) -> None:
    """A parked or driving car."""
    points = rectangle(spot, 8.5 * scale, 4 * scale, angle)
    canvas.tint(points + canvas.sun * 1.2, 0.55)
    canvas.fill(points, _CARS[canvas.rng.integers(len(_CARS))], 2)
    back = np.array([-0.6 * scale, 0]) @ turn(angle)
    canvas.fill(rectangle(spot + back, 4.2 * scale, 3.2 * scale, angle), (44, 50, 58), 2, 0, 0.7)


def excavator(canvas: Canvas, spot: Points, angle: float, scale: float) -> None:
    """An excavator: tracks, a yellow cabin, a bent arm with a bucket."""
    for side in (-1, 1):
        offset = np.array([0, side * 3.2 * scale]) @ turn(angle)
        canvas.fill(rectangle(spot + offset, 12 * scale, 2.6 * scale, angle), (52, 48, 44), 3)
    heading = angle + canvas.rng.uniform(-1.2, 1.2)
    body = rectangle(spot, 9 * scale, 7 * scale, heading)
    canvas.shadow(body, 4 * scale)
    canvas.fill(body, _MACHINE_YELLOW, 4)
    canvas.fill(rectangle(spot, 3.5 * scale, 3 * scale, heading), (60, 66, 70), 2)
    arm = np.array([[3, 0], [10, 1.5], [15, -0.5]]) * scale @ turn(heading) + spot
    canvas.line(arm + canvas.sun * 3 * scale, 1.8 * scale, (40, 34, 28), 0.45)
    canvas.line(arm, 2.0 * scale, (222, 160, 28))
    canvas.fill(rectangle(arm[-1], 3.4 * scale, 4 * scale, heading), (70, 62, 54), 3)


def crane(canvas: Canvas, spot: Points, angle: float, reach: float) -> None:
    """A tower crane seen from above: a lattice jib, a counter-jib, and a long shadow."""
    tips = np.array([[-0.3 * reach, 0], [reach, 0]]) @ turn(angle) + spot
    fall = canvas.sun * reach * 0.45
    canvas.line(np.array([spot, spot + fall]), 1.6, (30, 28, 26), 0.45)
    canvas.line(tips + fall, 1.8, (30, 28, 26), 0.45)
    colour: Colour = (236, 190, 40) if canvas.rng.random() < 0.7 else (206, 64, 44)
    across = np.array([0, 1.4]) @ turn(angle)
    canvas.line(tips + across, 0.8, colour)
    canvas.line(tips - across, 0.8, colour)
    steps = np.linspace(0, 1, max(int(reach / 3), 4))[:, None]
    rail = tips[0] * (1 - steps) + tips[1] * steps
    canvas.line(rail + across * np.where(np.arange(len(rail)) % 2, 1, -1)[:, None], 0.7, colour)
    canvas.fill(rectangle(tips[0], 5, 4, angle), (120, 120, 122), 3)
    canvas.fill(rectangle(spot, 4.5, 4.5, angle), colour, 3)


def _pitched_roof(canvas: Canvas, outline: Points, frame: tuple[float, float, float], is_hipped: bool) -> None:
    """Shade two or four slopes by the sun, with rows of tiles, a ridge, and a chimney or solar panels."""
    long, short, angle = frame
    centre = outline.mean(axis=0)
    along, across = np.array([1.0, 0.0]) @ turn(angle), np.array([0.0, 1.0]) @ turn(angle)
    inset = short / 2 if is_hipped and long > short else 0.0
    left, right = centre - along * (long / 2 - inset), centre + along * (long / 2 - inset)
    corners = [
        centre + along * sx * long / 2 + across * sy * short / 2 for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    slopes = [(np.array([*corners[:2], right, left]), -across), (np.array([*corners[:1:-1], right, left]), across)]
    if inset:
        slopes += [
            (np.array([corners[0], corners[3], left]), -along),
            (np.array([corners[1], corners[2], right]), along),
        ]
    for slope, normal in slopes:
        canvas.tint(slope, 1 - 0.24 * float(normal @ canvas.sun))
    eaves = np.array([corners[0], corners[1]])
    canvas.lines([eaves + across * row for row in np.arange(2, short, 2.6)], 0.5, (40, 30, 26), 0.18)
    canvas.line(np.array([left, right]), 0.9, (224, 210, 196), 0.55)
    spot = centre + along * canvas.rng.uniform(-0.3, 0.3) * long + across * canvas.rng.choice([-0.24, 0.24]) * short
    if canvas.rng.random() < 0.25:
        panel = rectangle(spot, long * 0.3, short * 0.28, angle)
        canvas.fill(panel, (34, 44, 74), 3)
        canvas.line(panel[[0, 1, 2, 3, 0]], 0.5, (130, 140, 160), 0.7)
    elif canvas.rng.random() < 0.7:
        chimney = rectangle(spot, 2.6, 2.6, angle)
        canvas.shadow(chimney, 3)
        canvas.fill(chimney, (120, 96, 88), 3)


def _flat_roof(canvas: Canvas, outline: Points, angle: float, colour: Colour) -> None:
    """A light parapet, gravel, and a few boxes and skylights."""
    centre = outline.mean(axis=0)
    grey = sum(colour) / 3
    inner = centre + (outline - centre) * 0.88
    canvas.fill(outline, (grey + 40, grey + 38, grey + 34), 4)
    canvas.fill(inner, (grey + 8, grey + 8, grey + 6), 6, 4)
    for _ in range(canvas.rng.integers(1, 5)):
        spot = centre + (outline[canvas.rng.integers(4)] - centre) * canvas.rng.uniform(0.1, 0.6)
        box = rectangle(spot, canvas.rng.uniform(2.5, 5.5), canvas.rng.uniform(2, 4), angle)
        canvas.shadow(box, 2)
        canvas.fill(box, (206, 208, 208) if canvas.rng.random() < 0.6 else (88, 120, 150), 3)


def _union(boxes: list[Box | None]) -> Box | None:
    there = np.array([box for box in boxes if box is not None])
    if not len(there):
        return None
    x1, y1 = there[:, :2].min(axis=0).tolist()
    x2, y2 = there[:, 2:].max(axis=0).tolist()
    return x1, y1, x2, y2
