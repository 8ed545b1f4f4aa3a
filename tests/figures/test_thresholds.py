import pandas as pd
import pytest

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import Counts
from core.evaluation.thresholds.curves import ALL, threshold_curves
from core.evaluation.thresholds.rules import OperatingPoint, Reason, ThresholdRule, choose_points
from core.figures.thresholds import (
    missing_words,
    point_words,
    reason_words,
    rule_words,
    threshold_figure,
    threshold_table,
)
from tests.factories.results import random_results

NAMES = ["dog", "<b>cat</b>", "cow"]


@pytest.fixture(scope="module")
def curves() -> pd.DataFrame:
    results = random_results(2)
    truths, found = results.annotations, results.detections
    return threshold_curves(truths, found, match(truths, found, find_overlaps(truths, found), 0.5), 3)


def test_rates_are_drawn_in_per_cent_with_the_score_and_the_chosen_point(curves: pd.DataFrame) -> None:
    rule = ThresholdRule(by="recall", at=0.4)
    point = choose_points(curves, rule, NAMES)[0]
    assert point.score is not None
    assert point.counts.recall is not None
    figure = threshold_figure(curves, 0.4, point, rule)
    assert [trace.name for trace in figure.data[:4]] == ["Precision", "Recall", "F1", f"chosen, at {point.score:.2f}"]
    together = curves[curves["category_id"] == ALL]
    assert max(figure.data[2].y) == pytest.approx(100 * together["f1"].max())
    assert (figure.data[3].x[0], figure.data[3].y[0]) == (point.score, pytest.approx(100 * point.counts.recall))
    assert [(shape.x0, shape.y0) for shape in figure.layout.shapes] == [(0.4, 0), (0, 40)]


def test_each_step_of_each_line_can_be_clicked_and_carries_its_score(curves: pd.DataFrame) -> None:
    points = threshold_figure(curves, 0.5).data[-3:]
    for trace, line in zip(points, threshold_figure(curves, 0.5).data[:3], strict=True):
        assert [cell[0] for cell in trace.customdata] == list(trace.x)
        # Plotly sends an array as an object by index, a list as a list.
        assert isinstance(trace.customdata[0], list)
        assert list(trace.y) == pytest.approx([y for y in line.y if y == y])
        assert (trace.marker.opacity, trace.unselected.marker.opacity) == (0, 0)
    layout = threshold_figure(curves, 0.5).layout
    assert (layout.clickmode, layout.hoverdistance, layout.dragmode) == ("event+select", -1, False)


def test_a_class_is_drawn_by_itself_and_its_name_is_no_markup(curves: pd.DataFrame) -> None:
    figure = threshold_figure(curves, 0.5, category_id=1, name=NAMES[1])
    assert figure.layout.title.text == "What a score threshold keeps, &lt;b&gt;cat&lt;/b&gt; alone"
    own = curves[curves["category_id"] == 1]
    assert list(figure.data[1].y) == pytest.approx((own["recall"] * 100).tolist())


def test_rules_and_points_are_told_in_words() -> None:
    assert rule_words(ThresholdRule()) == "best F1"
    assert rule_words(ThresholdRule(by="precision", at=0.95)) == "precision of at least 95 %"
    words = rule_words(ThresholdRule(by="cost", miss_cost=10, false_alarm_cost=0.5))
    assert words == "lowest cost, a miss 10 and a false positive 0.5"
    counts = Counts(category_id=ALL, name="all", tp=3, fp=1, fn=2)
    assert point_words(counts) == "precision 75.0, recall 60.0, F1 66.7 (3 found, 1 false positives, 2 missed)"


def test_the_table_has_all_at_one_score_all_at_their_own_and_each_class() -> None:
    points = [
        OperatingPoint(0.4, Counts(category_id=ALL, name="all", tp=3, fp=1, fn=2)),
        OperatingPoint(0.5, Counts(category_id=0, name="dog", tp=2, fp=0, fn=2)),
        OperatingPoint(None, Counts(category_id=1, name="cat", tp=0, fp=0, fn=0), Reason.NO_OBJECTS),
    ]
    table = threshold_table(points, Counts(category_id=-1, name="all", tp=2, fp=1, fn=2))
    assert table["Class"].tolist() == ["All, at one score", "All, each at its own", "dog", "cat"]
    assert table["Score"].tolist()[::2] == [0.4, 0.5]
    assert table["Precision"].tolist()[:3] == pytest.approx([75, 200 / 3, 100])
    assert table["Missed"].tolist()[:3] == [2, 2, 2]
    assert table.iloc[3, 1:].isna().all()


def test_what_has_no_threshold_is_said_in_per_cent() -> None:
    rule = ThresholdRule(by="recall", at=0.9)
    points = [
        OperatingPoint(None, Counts(category_id=ALL, name="all", tp=0, fp=0, fn=0), Reason.OUT_OF_REACH, 0.8123),
        OperatingPoint(None, Counts(category_id=0, name="dog", tp=0, fp=0, fn=0), Reason.OUT_OF_REACH, 0.75),
        OperatingPoint(None, Counts(category_id=1, name="cat", tp=0, fp=0, fn=0), Reason.NO_OBJECTS),
        OperatingPoint(None, Counts(category_id=2, name="cow", tp=0, fp=0, fn=0), Reason.NOTHING_FOUND),
    ]
    assert reason_words(points[0], rule) == "No threshold gives a recall of 90 %: the most is 81.2 %."
    assert missing_words(points, rule) == [
        "No threshold gives that recall for dog (at most 75.0).",
        "No objects here, so no threshold: cat.",
        "No object is found, so no threshold: cow.",
    ]
