import numpy as np
import pytest

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.thresholds.calibration import background_false_positives, calibrate
from core.figures.calibration import background_figure, effect_words, reliability_figure, temperature_table
from core.services.evaluation import ClassCalibration
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


def test_calibrated_scores_are_a_line_through_their_bins() -> None:
    matching = match(TRUTHS, FOUND, find_overlaps(TRUTHS, FOUND), 0.5)
    after = calibrate(FOUND, matching, calibrated=np.array([0.62, 0.66, 0.11]))
    figure = reliability_figure(calibrate(FOUND, matching), after=after)
    (line,) = [trace for trace in figure.data if trace.name == "calibrated scores"]
    assert list(line.x) == pytest.approx([11.0, 64.0])
    assert list(line.y) == pytest.approx([0.0, 50.0])
    assert line.hovertext[1] == "calibrated scores 0.6 to 0.7: 2 detections<br>mean 64.0, right 50.0 %"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (0.121, 0.034, "Calibrated scores are off by **3.4** points on average, scores by 12.1."),
        (0.034, 0.121, "Temperatures do not help: calibrated scores are off by 12.1 points on average, scores by 3.4."),
        (0.034, 0.034, "Temperatures do not help: calibrated scores are off by 3.4 points on average, scores by 3.4."),
        (None, None, ""),
        (0.1, None, ""),
    ],
    ids=["less", "more", "the same", "no detections", "one image"],
)
def test_the_effect_is_told_in_a_sentence(before: float | None, after: float | None, words: str) -> None:
    assert effect_words(before, after) == words


def test_a_class_without_detections_has_empty_cells() -> None:
    rows = [
        ClassCalibration(name="a", temperature=1.5, offset=0.4, detections=40, right=20, ece=0.1, ece_calibrated=0.05),
        ClassCalibration(name="b", temperature=1.4, offset=-0.1, detections=0, right=0, ece=None, ece_calibrated=None),
    ]
    table = temperature_table(rows)
    assert table["Temperature"].tolist() == [1.5, 1.4]
    assert table["Offset"].tolist() == [0.4, -0.1]
    assert table["Error"].tolist() == pytest.approx([10.0, np.nan], nan_ok=True)
    assert table["Calibrated"].tolist() == pytest.approx([5.0, np.nan], nan_ok=True)


def test_false_positives_on_empty_images_fall_to_nothing_above_the_highest_score() -> None:
    figure = background_figure(background_false_positives(make_images(3), TRUTHS, FOUND), 0.5)
    per_image = dict(zip(figure.data[0].x, figure.data[0].y, strict=True))
    # Images 2 and 3 are empty; one detection, at 0.35.
    assert (per_image[0.35], per_image[0.36]) == (0.5, 0.0)
    assert figure.layout.shapes[0].x0 == 0.5
