from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from detectron2.data import transforms as T

from core.boxes import iou_xyxy
from core.training.recipe.recipe import Augmentation
from core.worker.data.augment import HueShift, QuarterTurns, Rotation, augmentations
from core.worker.data.seeding import seeded

BOX = (30, 20, 70, 44)


def _image() -> npt.NDArray[np.uint8]:
    """A dark BGR image of 120 x 80 px with one bright rectangle at BOX."""
    image = np.full((80, 120, 3), 20, np.uint8)
    image[BOX[1] : BOX[3], BOX[0] : BOX[2]] = (60, 220, 140)
    return image


def _bright(image: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(1, 4) corners of the box round what is bright."""
    rows, columns = np.nonzero(image[:, :, 1] > 160)
    return np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], dtype=np.float64)


@pytest.mark.parametrize(
    "wanted",
    [
        Augmentation(flip_horizontal=True),
        Augmentation(flip_horizontal=False, flip_vertical=True),
        Augmentation(flip_horizontal=False, quarter_turns=True),
        Augmentation(rotation_deg=30),
        Augmentation(scale=0.4),
        Augmentation(crop=0.2),
        Augmentation(flip_vertical=True, rotation_deg=10, scale=0.2, crop=0.1),
    ],
    ids=["flip", "vertical flip", "quarter turns", "rotation", "scale", "crop", "all"],
)
def test_a_box_stays_on_its_object(wanted: Augmentation) -> None:
    steps = T.AugmentationList(augmentations(wanted, (160, 200), 400))
    shapes = set()
    for draw in range(6):
        with seeded(draw):
            given = T.AugInput(_image())
            box = steps(given).apply_box(np.array([BOX], dtype=np.float64))
        height, width = given.image.shape[:2]
        box = box.clip(0, [width, height, width, height])
        assert iou_xyxy(box, _bright(given.image))[0, 0] > 0.85
        shapes.add((height, width, tuple(box.round().ravel())))
    assert len(shapes) > 1


def test_a_rotation_is_counter_clockwise_as_pillow_turns() -> None:
    right_middle = np.array([[110.0, 40.0]])
    np.testing.assert_allclose(Rotation(120, 80, 90).apply_coords(right_middle), [[60.0, -10.0]], atol=1e-9)


def test_after_quarter_turns_every_box_is_as_tight_as_before() -> None:
    for turns in range(4):
        turn = QuarterTurns(120, 80, turns)
        np.testing.assert_array_equal(turn.apply_box(np.array([BOX])), _bright(turn.apply_image(_image())))


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation", "hue"])
def test_a_colour_change_changes_colours_and_no_box(name: str) -> None:
    strength: dict[str, Any] = {name: 0.3}
    wanted = Augmentation(flip_horizontal=False, **strength)
    with seeded(3):
        given = T.AugInput(_image())
        box = T.AugmentationList(augmentations(wanted, (80,), 400))(given).apply_box(np.array([BOX], dtype=np.float64))
    np.testing.assert_array_equal(box, [BOX])
    assert given.image.shape == (80, 120, 3)
    assert np.abs(given.image.astype(int) - _image().astype(int)).max() > 5


def test_turning_the_hue_by_a_third_turns_red_into_green() -> None:
    red_bgr = np.full((2, 2, 3), (0, 0, 255), np.uint8)
    np.testing.assert_allclose(HueShift(1 / 3).apply_image(red_bgr)[0, 0], (0, 255, 0), atol=6)


def test_everything_switched_off_only_resizes() -> None:
    steps = T.AugmentationList(augmentations(Augmentation(flip_horizontal=False), (160,), 400))
    given = T.AugInput(_image())
    steps(given)
    assert given.image.shape == (160, 240, 3)
