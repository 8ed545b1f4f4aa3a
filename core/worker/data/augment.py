"""A recipe's augmentation switches -> Detectron2's mappers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from detectron2.data import DatasetMapper
from detectron2.data import transforms as T
from fvcore.transforms.transform import NoOpTransform, Transform
from PIL import Image

from core.training.recipe.recipe import Augmentation, Recipe
from core.worker.data.region_transforms import MaskAndRegionMapper, RegionMapper
from core.worker.model.detectron import CfgNode

# Fills the corners of a rotated image: Detectron2's mean pixel, which becomes 0 after normalisation.
_FILL_BGR = (103, 116, 123)


class Rotation(Transform):
    """Rotates counter-clockwise about the centre within the same frame.

    Detectron2's version needs OpenCV; this one uses Pillow. A box becomes the box around its four rotated corners.
    """

    def __init__(self, width: int, height: int, angle_deg: float) -> None:
        super().__init__()
        self.width, self.height, self.angle_deg = width, height, angle_deg

    def apply_image(self, img: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(H, W, 3) uint8 image -> the same size, rotated."""
        image = Image.fromarray(img)
        return np.asarray(image.rotate(self.angle_deg, Image.Resampling.BILINEAR, fillcolor=_FILL_BGR))

    def apply_segmentation(self, segmentation: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(H, W) mask of 0 and 1 -> the same, rotated."""
        mask = Image.fromarray(segmentation.astype(np.uint8))
        return np.asarray(mask.rotate(self.angle_deg, Image.Resampling.NEAREST))

    def apply_coords(self, coords: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(N, 2) points in px -> the same points after the rotation."""
        angle = np.deg2rad(self.angle_deg)
        centre = np.array([self.width / 2, self.height / 2])
        # y grows downwards, so counter-clockwise on the screen is the transpose of the textbook's matrix.
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        return (np.asarray(coords, dtype=np.float64) - centre) @ turn.T + centre


class QuarterTurns(Transform):
    """Rotates counter-clockwise by `turns` quarters. No pixel is lost, and a box stays as tight as it was."""

    def __init__(self, width: int, height: int, turns: int) -> None:
        super().__init__()
        self.width, self.height, self.turns = width, height, turns % 4

    def apply_image(self, img: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(H, W, …) image or mask -> the rotated one, (W, H, …) after one or three quarters."""
        return np.ascontiguousarray(np.rot90(img, self.turns))

    def apply_segmentation(self, segmentation: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(H, W) mask -> the rotated one, as for images."""
        return self.apply_image(segmentation)

    def apply_coords(self, coords: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(N, 2) points in px -> the same points after the rotation by quarters."""
        x, y = coords[:, 0], coords[:, 1]
        turned = ((x, y), (y, self.width - x), (self.width - x, self.height - y), (self.height - y, x))
        return np.stack(turned[self.turns], axis=1)

    def inverse(self) -> Transform:
        """The rotation back."""
        sides = (self.height, self.width) if self.turns % 2 else (self.width, self.height)
        return QuarterTurns(*sides, -self.turns)


class HueShift(Transform):
    """Shifts the hue of a BGR image by `shift`, a share of the colour circle. Saturation and value stay."""

    def __init__(self, shift: float) -> None:
        super().__init__()
        self.shift = shift

    def apply_image(self, img: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(H, W, 3) uint8 BGR -> the same with shifted hue."""
        hsv = np.array(Image.fromarray(img[:, :, ::-1]).convert("HSV"))
        # uint8 arithmetic wraps at 256, as the circle does.
        hsv[:, :, 0] += np.uint8(round(self.shift * 256) % 256)
        return np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))[:, :, ::-1]

    def apply_segmentation(self, segmentation: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(H, W) mask -> the same: masks have no colour."""
        return segmentation

    def apply_coords(self, coords: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(N, 2) points in px -> the same."""
        return coords


class RandomRotation(T.Augmentation):
    """Draws an angle from -degrees to degrees."""

    def __init__(self, degrees: float) -> None:
        super().__init__()
        self.degrees = degrees

    def get_transform(self, image: npt.NDArray[Any]) -> Transform:
        """The rotation for an image (H, W, C)."""
        return Rotation(image.shape[1], image.shape[0], np.random.uniform(-self.degrees, self.degrees))


class RandomQuarterTurns(T.Augmentation):
    """Draws a rotation by 0, 1, 2 or 3 quarters."""

    def get_transform(self, image: npt.NDArray[Any]) -> Transform:
        """The rotation for an image (H, W, C)."""
        turns = int(np.random.randint(4))
        return QuarterTurns(image.shape[1], image.shape[0], turns) if turns else NoOpTransform()


class RandomHue(T.Augmentation):
    """Draws a shift of the hue from -strength to strength."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = strength

    def get_transform(self, image: npt.NDArray[Any]) -> Transform:
        """The colour change for an image (H, W, C)."""
        return HueShift(np.random.uniform(-self.strength, self.strength))


class RandomShortSide(T.Augmentation):
    """Resizes the short side to one of `sizes`, times 1 - jitter to 1 + jitter. `cap` bounds the long side, in px."""

    def __init__(self, sizes: Sequence[int], cap: int, jitter: float) -> None:
        super().__init__()
        self.sizes, self.cap, self.jitter = tuple(sizes), cap, jitter

    def get_transform(self, image: npt.NDArray[Any]) -> Transform:
        """The resize for an image (H, W, C)."""
        side = np.random.choice(self.sizes) * np.random.uniform(1 - self.jitter, 1 + self.jitter)
        height, width = image.shape[:2]
        shape = T.ResizeShortestEdge.get_output_shape(height, width, max(32, round(side)), self.cap)
        return T.ResizeTransform(height, width, *shape) if shape != (height, width) else NoOpTransform()


def augmentations(wanted: Augmentation, sizes: Sequence[int], cap: int) -> list[T.Augmentation]:
    """The steps for a training image, in order: crop, rotate, resize, flip, colour."""
    steps: list[T.Augmentation] = []
    if wanted.crop:
        steps.append(T.RandomCrop("relative_range", (1 - wanted.crop, 1 - wanted.crop)))
    if wanted.quarter_turns:
        steps.append(RandomQuarterTurns())
    if wanted.rotation_deg:
        steps.append(RandomRotation(wanted.rotation_deg))
    steps.append(RandomShortSide(sizes, cap, wanted.scale))
    if wanted.flip_horizontal:
        steps.append(T.RandomFlip(horizontal=True))
    if wanted.flip_vertical:
        steps.append(T.RandomFlip(horizontal=False, vertical=True))
    for strength, kind in (
        (wanted.brightness, T.RandomBrightness),
        (wanted.contrast, T.RandomContrast),
        (wanted.saturation, T.RandomSaturation),
    ):
        if strength:
            steps.append(kind(1 - strength, 1 + strength))
    if wanted.hue:
        steps.append(RandomHue(wanted.hue))
    return steps


def training_mapper(cfg: CfgNode, recipe: Recipe) -> DatasetMapper:
    """Record -> sample for training: image and objects augmented, crowd regions as regions to ignore."""
    steps = augmentations(recipe.augmentation, cfg.INPUT.MIN_SIZE_TRAIN, cfg.INPUT.MAX_SIZE_TRAIN)
    return _mapper(cfg, steps, with_objects=True)


def evaluation_mapper(cfg: CfgNode, with_objects: bool) -> DatasetMapper:
    """Record -> sample for evaluation and use: only resized. With its objects for the validation loss."""
    resize = T.ResizeShortestEdge(cfg.INPUT.MIN_SIZE_TEST, cfg.INPUT.MAX_SIZE_TEST)
    return _mapper(cfg, [resize], with_objects)


def _mapper(cfg: CfgNode, steps: list[T.Augmentation], with_objects: bool) -> DatasetMapper:
    kind = MaskAndRegionMapper if cfg.MODEL.MASK_ON else RegionMapper
    return kind(is_train=with_objects, augmentations=steps, image_format=cfg.INPUT.FORMAT)
