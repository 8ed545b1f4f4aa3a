"""Paints bare ground on the demo's tiles: construction sites, and waste ground that looks like one.

`scale` is the size of a house relative to one of 30 px.
"""

from random import Random
from typing import Final

from core.demo import objects
from core.demo.canvas import Canvas, Colour
from core.demo.shapes import Box, Plot, Polygon, moved, rectangle

_EARTHS: Final[list[Colour]] = [(168, 138, 104), (152, 118, 88), (184, 160, 126), (140, 114, 92)]
_CONTAINERS: Final[list[Colour]] = [(58, 92, 142), (222, 222, 218), (172, 66, 46)]


def construction_site(canvas: Canvas, rng: Random, plot: Plot, scale: float) -> Box | None:
    """Paints bare earth with tracks, heaps, a half-built house, containers, machines; returns its visible box."""
    earth = rng.choice(_EARTHS)
    ground = ragged(rng, plot)
    canvas.fill(ground, earth, 8, 14)
    _tracks(canvas, rng, plot, scale)
    shorter = min(plot.width, plot.depth)
    if shorter > 46 * scale and rng.random() < 0.85:
        _half_built(canvas, rng, plot, scale)
    for _ in range(rng.randint(1, 3)):
        heap = (earth[0] * rng.uniform(0.8, 1.12), earth[1] * rng.uniform(0.85, 1.08), earth[2] * 0.95)
        canvas.blob(within(rng, plot, 0.38), rng.uniform(4, 8) * scale, heap, 3, rng)
    for _ in range(rng.randint(0, 3)):
        spot = plot.at(rng.uniform(-0.4, 0.4), rng.choice((-0.38, 0.38)))
        container = rectangle(spot, 11 * scale, 4.6 * scale, plot.angle)
        canvas.shadow(container, 3)
        canvas.fill(container, rng.choice(_CONTAINERS), 3)
    for _ in range(rng.randint(1, 2)):
        objects.excavator(canvas, rng, within(rng, plot, 0.3), objects.any_angle(rng), scale)
    if rng.random() < 0.45 and shorter > 56 * scale:
        objects.crane(canvas, rng, within(rng, plot, 0.15), objects.any_angle(rng), 34 * scale)
    return canvas.bounds(ground)


def waste_ground(canvas: Canvas, rng: Random, plot: Plot) -> None:
    """Paints bare or burnt ground without machines: it looks like a construction site, but is none."""
    canvas.fill(ragged(rng, plot), (152, 136, 104), 8, 16)
    for _ in range(rng.randint(2, 6)):
        canvas.blob(within(rng, plot, 0.45), rng.uniform(2, 4.5), (96, 106, 62), 2, rng)


def within(rng: Random, plot: Plot, share: float) -> complex:
    """A random point in a plot, at most a share of its size from the middle in each direction."""
    return plot.at(rng.uniform(-share, share), rng.uniform(-share, share))


def ragged(rng: Random, plot: Plot) -> Polygon:
    """A polygon inside a plot, along its edges, with uneven sides."""
    shares = [step / 5 - 0.5 for step in range(5)]
    border = [(s, -0.5) for s in shares] + [(0.5, s) for s in shares]
    border += [(-s, 0.5) for s in shares] + [(-0.5, -s) for s in shares]
    insets = [rng.uniform(0.93, 1.0) for _ in border]
    return [plot.at(across * inset, down * inset) for (across, down), inset in zip(border, insets, strict=True)]


def _tracks(canvas: Canvas, rng: Random, plot: Plot, scale: float) -> None:
    """Paints pairs of wheel ruts with a bend."""
    for _ in range(3):
        start, end = within(rng, plot, 0.42), within(rng, plot, 0.42)
        bend = (start + end) / 2 + complex(rng.uniform(-8, 8), rng.uniform(-8, 8))
        for shift in (-1.8 - 1.8j, 1.8 + 1.8j):
            canvas.line(moved([start, bend, end], shift * scale), 1.1 * scale, (96, 74, 56), 0.4)


def _half_built(canvas: Canvas, rng: Random, plot: Plot, scale: float) -> None:
    """Paints a floor slab with walls up to the first storey."""
    inner = Plot(
        centre=within(rng, plot, 0.14),
        width=rng.uniform(26, 38) * scale,
        depth=rng.uniform(20, 28) * scale,
        angle=plot.angle,
    )
    canvas.shadow(inner.corners(), 3)
    canvas.fill(inner.corners(), (178, 176, 170), 5, 3)
    long = [[inner.at(-0.5, share), inner.at(0.5, share)] for share in (-0.5, 0.05, 0.5)]
    short = [[inner.at(share, -0.5), inner.at(share, 0.5)] for share in (-0.5, -0.16, 0.2, 0.5)]
    canvas.lines([moved(wall, canvas.sun * 1.6) for wall in short + long], 1.4 * scale, (92, 88, 82), 0.6)
    canvas.lines(short, 1.5 * scale, (212, 204, 192))
    canvas.lines(long, 1.5 * scale, (206, 178, 150))
