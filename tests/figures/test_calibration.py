import pytest

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.thresholds.calibration import background_false_positives, calibrate
from core.figures.calibration import background_figure, reliability_figure
from tests.factories.results import make_detections, make_images, make_truths

SETTINGS = (0.0, 0.0, 20.0, 20.0)
THERE = (100.0, 100.0, 120.0, 120.0)
TRUTHS = make_truths([(1, 0, SETTINGS, False)])
FOUND = make_detections([(1, 0, SETTINGS, 0.96), (1, 0, THERE, 0.92), (2, 0, SETTINGS, 0.35)])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_bars_are_the_share_that_is_right_and_marks_the_mean_score(dark: bool) -> None:
    figure = reliability_figure(calibrate(FOUND, match(TRUTHS, FOUND, find_overlaps(TRUTHS, FOUND), 0.5)), dark)
    bars, marks, diagonal = figure.data
    assert list(bars.x) == [35.0, 95.0]
    assert list(bars.y) == [0.0, 50.0]
    assert bars.hovertext[1] == "scores 0.9 to 1.0: 2 detections<br>mean score 94.0, right 50.0 %"
    assert list(marks.y) == pytest.approx([35.0, 94.0])
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 100], [0, 100])


def test_false_positives_on_empty_images_fall_to_nothing_above_the_highest_score() -> None:
    figure = background_figure(background_false_positives(make_images(3), TRUTHS, FOUND), 0.5)
    per_image = dict(zip(figure.data[0].x, figure.data[0].y, strict=True))
    # Images 2 and 3 are empty; one detection, at 0.35.
    assert (per_image[0.35], per_image[0.36]) == (0.5, 0.0)
    assert figure.layout.shapes[0].x0 == 0.5
