import numpy as np
import pytest

from core.worker.inference.box_fusion import ViewBoxes, fuse

RED, BLUE = 0, 1


def _view(*rows: tuple[float, float, float, float, float, int]) -> ViewBoxes:
    """A look from rows of corners, score and class."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return ViewBoxes(boxes=table[:, :4], scores=table[:, 4], classes=table[:, 5].astype(int))


def _fused(*views: ViewBoxes, iou: float = 0.5, most: int = 100) -> list[list[float]]:
    found = fuse(views, iou, most)
    return [[*box, score, kind] for box, score, kind in zip(found.boxes, found.scores, found.classes, strict=True)]


def test_corners_are_averaged_by_score_and_scores_over_all_looks() -> None:
    both = _fused(_view((0, 0, 100, 100, 0.9, RED)), _view((10, 0, 110, 100, 0.3, RED)))
    assert both == [pytest.approx([2.5, 0, 102.5, 100, 0.6, RED])]


def test_what_one_look_alone_sees_sinks() -> None:
    seen_once, seen_twice = (200, 0, 260, 60, 0.9, RED), (0, 0, 60, 60, 0.6, RED)
    assert _fused(_view(seen_once, seen_twice), _view(seen_twice)) == [
        pytest.approx(seen_twice),
        pytest.approx([*seen_once[:4], 0.45, RED]),
    ]


def test_each_look_gives_one_box_to_a_group_and_the_closest() -> None:
    first = _view((0, 0, 100, 100, 0.9, RED))
    second = _view((0, 0, 100, 60, 0.8, RED), (0, 0, 100, 96, 0.4, RED))
    whole, rest = _fused(first, second)
    assert whole == pytest.approx([0, 0, 100, (100 * 0.9 + 96 * 0.4) / 1.3, 0.65, RED])
    assert rest == pytest.approx([0, 0, 100, 60, 0.4, RED])


@pytest.mark.parametrize(
    "other", [(0, 0, 100, 100, 0.8, BLUE), (51, 0, 151, 100, 0.8, RED)], ids=["another class", "too far away"]
)
def test_different_things_stay_apart(other: tuple[float, float, float, float, float, int]) -> None:
    assert len(_fused(_view((0, 0, 100, 100, 0.9, RED)), _view(other))) == 2


def test_the_last_boxes_are_left_out_where_there_are_too_many() -> None:
    view = _view(*((100 * place, 0, 100 * place + 50, 50, 0.1 * (place + 1), RED) for place in range(5)))
    assert [row[4] for row in _fused(view, most=2)] == pytest.approx([0.5, 0.4])


def test_looks_may_see_nothing() -> None:
    seen = (0, 0, 50, 50, 0.8, BLUE)
    assert _fused(_view(), _view()) == []
    assert _fused(_view(), _view(seen)) == [pytest.approx([*seen[:4], 0.4, BLUE])]
