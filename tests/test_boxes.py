"""Box arithmetic against hand arithmetic."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask

from core.boxes import area_xyxy, clip_xyxy, cxcywh_to_xyxy, iou_xyxy, paired_iou_xyxy, xywh_to_xyxy, xyxy_to_xywh

some_boxes = arrays(np.float64, st.tuples(st.integers(0, 6), st.just(4)), elements=st.integers(0, 50).map(float))


def test_the_three_forms_of_one_box_agree() -> None:
    corners = np.array([[10.0, 20.0, 40.0, 60.0]])
    assert xywh_to_xyxy(np.array([[10, 20, 30, 40]])).tolist() == corners.tolist()
    assert cxcywh_to_xyxy(np.array([[25, 40, 30, 40]])).tolist() == corners.tolist()
    assert xyxy_to_xywh(corners).tolist() == [[10, 20, 30, 40]]


def test_clipping_uses_the_size_of_each_image() -> None:
    boxes = np.array([[-5.0, -5.0, 50.0, 50.0], [-5.0, -5.0, 50.0, 50.0]])
    assert clip_xyxy(boxes, [20, 60], [30, 40]).tolist() == [[0, 0, 20, 30], [0, 0, 50, 40]]
    assert boxes[0, 0] == -5


def test_a_swapped_or_flat_box_has_no_area() -> None:
    assert area_xyxy(np.array([[4, 0, 2, 9], [3, 3, 3, 8], [0, 0, 2, 3]])).tolist() == [0, 0, 6]


def test_iou_by_hand() -> None:
    # 2 x 2 shared of 4 x 4 + 4 x 4 - 4: 4 / 28.
    assert iou_xyxy(np.array([[0, 0, 4, 4]]), np.array([[2, 2, 6, 6], [9, 9, 9, 9]])).tolist() == [[1 / 7, 0]]


@given(some_boxes, some_boxes)
def test_iou_equals_pycocotools(left_xywh: np.ndarray, right_xywh: np.ndarray) -> None:
    ours = iou_xyxy(xywh_to_xyxy(left_xywh), xywh_to_xyxy(right_xywh))
    assert ours.shape == (len(left_xywh), len(right_xywh))
    if ours.size:
        theirs = np.asarray(mask.iou(left_xywh, right_xywh, [0] * len(right_xywh)))
        # pycocotools divides by the union, which is 0 for two empty boxes.
        assert np.allclose(ours, np.nan_to_num(theirs), atol=1e-12)


@given(some_boxes)
def test_row_by_row_the_overlaps_are_those_of_all_with_all(boxes: np.ndarray) -> None:
    boxes = np.concatenate([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1)
    others = np.roll(boxes, 1, axis=0)
    np.testing.assert_allclose(paired_iou_xyxy(boxes, others), np.diag(iou_xyxy(boxes, others)))
