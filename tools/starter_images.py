"""Generates images for the starter weights: shapes of many kinds, textures and sizes on varied backgrounds.

The shapes have no meaning, such as houses or cells. A model learns from them to find edges, to separate an object from
its background and from objects that partly cover it, and to draw a tight box, at any size and contrast.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter
from starter_shapes import KINDS, RING, Draw

Field = npt.NDArray[np.float32]

_OVERSAMPLING: Final = 2
_MOST: Final = 48  # objects on an image
_HIDDEN: Final = 0.65  # an object that is covered by more than this share has no box
_SMALLEST: Final = 7.0  # px across


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An object: its class index, its position in px, and its mask."""

    kind: int  # index into KINDS
    left: int
    top: int
    mask: Field  # (h, w), 0 to 1

    @property
    def region(self) -> tuple[slice, slice]:
        """The rows and columns of the image that the mask covers."""
        height, width = self.mask.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def paint(draw: Draw, size: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Paints an image (size, size, 3), 0 to 255; its boxes (N, 4), x1 y1 x2 y2 in px, and class indices (N,)."""
    canvas = _ground(draw, size)
    shapes: list[Shape] = []
    visible = np.zeros((size, size), np.int16)  # 1 + index of the uppermost opaque object
    palette = [_colour(draw) for _ in range(int(draw.integers(2, 6)))]
    see_through = draw.uniform(0.45, 0.9) if draw.random() < 0.3 else 1.0
    typical = np.exp(draw.uniform(np.log(12), np.log(size / 3)))
    spread = draw.uniform(0.05, 0.6)
    # Some images have objects of only one or a few kinds, as most labelled images do.
    image_kinds = draw.permutation(len(KINDS))[: int(draw.choice([1, 2, 3, 5, len(KINDS)]))]
    count = min(_MOST, draw.integers(3, 16) + size * size / typical**2 * draw.uniform(0, 0.9))
    for _ in range(int(count)):
        across = float(np.clip(typical * np.exp(draw.normal(0, spread)), _SMALLEST, size * 0.7))
        shape = _shape(draw, size, int(draw.choice(image_kinds)), across, shapes)
        if shape is None:
            continue
        _put(draw, canvas, shape, palette[int(draw.integers(len(palette)))], see_through)
        shapes.append(shape)
        if see_through == 1.0:
            visible[shape.region][shape.mask > 0.5] = len(shapes)
        if sum(painted.mask.size for painted in shapes) > 2 * size * size:
            break
    boxes, kinds = _boxes(shapes, visible if see_through == 1.0 else None)
    return _developed(draw, canvas), boxes, kinds


def _ground(draw: Draw, size: int) -> Field:
    """(size, size, 3) float32 background from 0 to 255: one to three blended colours, with or without a texture."""
    colours = [_colour(draw) for _ in range(3)]
    closeness = draw.uniform(0, 1) ** 2
    first = colours[0]
    slow, fast = _noise(draw, size, draw.uniform(60, 300)), _noise(draw, size, draw.uniform(4, 40))
    canvas = np.empty((size, size, 3), np.float32)
    for band in range(3):
        second = first[band] + (colours[1][band] - first[band]) * closeness
        canvas[..., band] = first[band] + (second - first[band]) * slow
    strength = draw.uniform(0, 45) * draw.random()
    canvas += (fast * strength)[..., None]
    if draw.random() < 0.3:
        canvas += (_pattern(draw, size, size) * draw.uniform(5, 40))[..., None]
    return canvas


def _shape(draw: Draw, size: int, kind: int, across: float, others: list[Shape]) -> Shape | None:
    """A shape at a random position, often touching another one; None if hardly any of it is inside the image."""
    points = KINDS[kind][1](draw)
    holes = [points * draw.uniform(0.35, 0.75)] if kind == RING else []
    angle, stretch = draw.uniform(0, 2 * np.pi), draw.uniform(0.62, 1.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tilt = draw.uniform(0, 2 * np.pi)
    lean = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    change = turn @ np.diag([1.0, stretch]) @ lean * (across / 2)
    rings = [ring @ change.T for ring in (points, *holes)]
    if others and draw.random() < 0.45:
        other = others[int(draw.integers(len(others)))]
        height, width = other.mask.shape
        away = (max(height, width) + across) / 2 * draw.uniform(0.55, 1.05)
        way = draw.uniform(0, 2 * np.pi)
        centre = np.array([other.left + width / 2 + away * np.cos(way), other.top + height / 2 + away * np.sin(way)])
    else:
        centre = draw.uniform(-0.1 * across, size + 0.1 * across, 2)
    return _rasterised(kind, [ring + centre for ring in rings], size)


def _rasterised(kind: int, rings: list[npt.NDArray[np.float64]], size: int) -> Shape | None:
    low = np.floor(rings[0].min(axis=0)).astype(int).clip(0, size)
    high = np.ceil(rings[0].max(axis=0)).astype(int).clip(0, size)
    width, height = (high - low).tolist()
    whole = np.prod(rings[0].max(axis=0) - rings[0].min(axis=0))
    if min(width, height) < 4 or width * height < 0.3 * whole:
        return None
    canvas = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    pen = ImageDraw.Draw(canvas)
    for number, ring in enumerate(rings):
        corners = ((ring - low) * _OVERSAMPLING).round().astype(int)
        pen.polygon(list(map(tuple, corners.tolist())), fill=0 if number else 255)
    mask = np.asarray(canvas.resize((width, height), Image.Resampling.BOX), np.float32) / np.float32(255)
    return Shape(kind=kind, left=int(low[0]), top=int(low[1]), mask=mask)


def _put(draw: Draw, canvas: Field, shape: Shape, colour: Field, opacity: float) -> None:
    """Paints a shape on `canvas` (size, size, 3): flat, textured, shaded, or with a second colour."""
    height, width = shape.mask.shape
    part = canvas[shape.region]
    skin = np.broadcast_to(colour + draw.normal(0, 12, 3).astype(np.float32), (height, width, 3)).copy()
    if draw.random() < 0.5:
        texture = _pattern(draw, height, width) if draw.random() < 0.5 else _noise(draw, max(height, width), 6)
        skin += (texture[:height, :width] * draw.uniform(5, 50))[..., None]
    if draw.random() < 0.4:
        slope = np.linspace(-1, 1, width, dtype=np.float32)[None] * draw.uniform(-1, 1)
        slope = slope + np.linspace(-1, 1, height, dtype=np.float32)[:, None] * draw.uniform(-1, 1)
        skin += (slope * draw.uniform(5, 50))[..., None]
    if draw.random() < 0.5 and min(height, width) > 8:
        inner = _shrunk(shape.mask, draw.uniform(0.1, 0.6))
        other = _colour(draw) if draw.random() < 0.5 else colour + np.float32(draw.choice([-50, -25, 25, 50]))
        # Either the middle or the rim has another colour.
        weight = inner if draw.random() < 0.5 else 1 - inner
        skin += (other - skin) * (weight * draw.uniform(0.3, 1))[..., None]
    if draw.random() < 0.2:
        _shade(draw, canvas, shape)
    part += (skin - part) * (shape.mask * opacity)[..., None]


def _shade(draw: Draw, canvas: Field, shape: Shape) -> None:
    """Darkens `canvas` (size, size, 3) beside a shape, like a shadow."""
    down, right = (int(step) for step in draw.integers(1, 8, 2))
    rows, columns = shape.region
    shifted = canvas[rows.start + down : rows.stop + down, columns.start + right : columns.stop + right]
    shifted *= (1 - 0.45 * shape.mask[: shifted.shape[0], : shifted.shape[1]])[..., None]


def _shrunk(mask: Field, share: float) -> Field:
    """The mask (h, w), smaller by a share of its size, with a soft edge."""
    height, width = mask.shape
    small = (max(2, round(width * (1 - share))), max(2, round(height * (1 - share))))
    inside = Image.fromarray((mask * 255).astype(np.uint8)).resize(small, Image.Resampling.BILINEAR)
    canvas = Image.new("L", (width, height))
    canvas.paste(inside, ((width - small[0]) // 2, (height - small[1]) // 2))
    return np.asarray(canvas.filter(ImageFilter.BoxBlur(1)), np.float32) / np.float32(255)


def _boxes(
    shapes: list[Shape], visible: npt.NDArray[np.int16] | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Boxes (N, 4), x1 y1 x2 y2 in px, and class indices (N,) of the shapes that are not mostly covered.

    `visible` (size, size) is 1 + the index of the uppermost shape, 0 for none; None if shapes are transparent.
    """
    boxes, kinds = [], []
    for number, shape in enumerate(shapes, start=1):
        whole = shape.mask > 0.5
        seen = whole if visible is None else whole & (visible[shape.region] == number)
        if seen.sum() < max(12.0, (1 - _HIDDEN) * whole.sum()):
            continue
        # As people label: round the whole object, also where another one covers it.
        rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
        box = (shape.left + columns[0], shape.top + rows[0], shape.left + columns[-1] + 1, shape.top + rows[-1] + 1)
        boxes.append(box)
        kinds.append(shape.kind)
    return np.array(boxes, np.float64).reshape(-1, 4), np.array(kinds, np.int64)


def _developed(draw: Draw, canvas: Field) -> npt.NDArray[np.uint8]:
    """(size, size, 3) image, 0 to 255: `canvas` with uneven light, blur and noise, like a photograph."""
    size = len(canvas)
    if draw.random() < 0.4:
        canvas *= (1 + _noise(draw, size, size * 0.8) * draw.uniform(0, 0.35))[..., None]
    image = Image.fromarray(canvas.clip(0, 255).astype(np.uint8))
    if draw.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(draw.uniform(0.3, 1.3)))
    developed = np.asarray(image, np.float32)
    if draw.random() < 0.6:
        developed = developed + draw.standard_normal(developed.shape, dtype=np.float32) * draw.uniform(1, 11)
    return developed.clip(0, 255).astype(np.uint8)


def _colour(draw: Draw) -> Field:
    """(3,) RGB, 0 to 255: greys and pastels as often as strong colours."""
    grey = draw.uniform(20, 235)
    strength = draw.uniform(0, 1) ** 1.5 * 110
    return (grey + draw.uniform(-1, 1, 3) * strength).clip(0, 255).astype(np.float32)


def _noise(draw: Draw, size: int, wave: float) -> Field:
    """(size, size) smooth noise from -1 to 1 with waves of about `wave` px."""
    cells = max(round(size / wave), 1) + 2
    coarse = draw.random((cells, cells), dtype=np.float32) * 2 - 1
    return np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC))


def _pattern(draw: Draw, height: int, width: int) -> Field:
    """(height, width) stripes, checks or dots from -1 to 1."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle, wave = draw.uniform(0, np.pi), draw.uniform(4, 24)
    along = (columns * np.cos(angle) + rows * np.sin(angle)) * np.float32(2 * np.pi / wave)
    first = np.sin(along)
    kind = draw.integers(3)
    if kind == 0:
        return np.asarray(first, np.float32)
    second = np.sin((rows * np.cos(angle) - columns * np.sin(angle)) * np.float32(2 * np.pi / wave))
    both = first * second
    return np.asarray(np.sign(both) if kind == 1 else (both > 0.45) * 2 - 1, np.float32)
