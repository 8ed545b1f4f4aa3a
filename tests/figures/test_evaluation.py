import numpy as np
import plotly.graph_objects as go
import pytest

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.scores.scores import ClassScores
from core.evaluation.thresholds.curves import precision_recall
from core.figures.evaluation import class_ap_figure, confusion_figure, precision_recall_figure
from tests.factories.results import random_results

NAMES = ["dog", "<a href='x'>cat</a>"]
MATRIX = np.array([[30, 4, 6], [0, 1_200, 0], [8, 2, 0]])


def texts_of(figure: go.Figure) -> str:
    return str(figure.to_dict())


def test_each_cell_but_the_last_has_a_point_to_click_at_its_centre() -> None:
    figure = confusion_figure(MATRIX, NAMES)
    points = figure.data[-1]
    assert [list(cell) for cell in points.customdata] == [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 0],
        [1, 1],
        [1, 2],
        [2, 0],
        [2, 1],
    ]
    assert list(zip(points.y, points.x, strict=True))[:3] == [(0, 0), (0, 1), (0, 2.2)]
    assert (points.marker.size, points.marker.opacity) == (8, 0)
    assert (points.selected.marker.opacity, points.unselected.marker.opacity) == (0, 0)
    # Without these a click on the heat map reports nothing.
    assert (figure.layout.clickmode, figure.layout.hoverdistance, figure.layout.dragmode) == ("event+select", -1, False)
    assert all(trace.hoverinfo == "skip" for trace in figure.data[:-1])


def test_numbers_are_counts_and_colours_shares_of_the_row() -> None:
    main, missed, background = confusion_figure(MATRIX, NAMES).data[:3]
    assert [list(row) for row in main.text] == [["30", "4"], ["", "1,200"]]
    assert np.asarray(main.z).tolist() == [[0.75, 0.1], [0, 1]]
    assert np.asarray(missed.z).tolist() == [[0.15], [0]]
    assert np.asarray(background.z).tolist() == [[0.8, 0.2]]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (0, "30 of 40 dog found (75.0 %)"),
        (1, "4 of 40 dog taken for &lt;a href="),
        (2, "6 of 40 dog missed (15.0 %)"),
        (6, "8 false positives of dog on background (80.0 % of these)"),
    ],
    ids=["found", "mixed up", "missed", "false positive"],
)
def test_hovering_says_the_cell_in_words(cell: int, words: str) -> None:
    assert confusion_figure(MATRIX, NAMES).data[-1].hovertext[cell].startswith(words)


def test_the_selected_cell_is_outlined_where_it_is_drawn() -> None:
    (shape,) = confusion_figure(MATRIX, NAMES, selected=(2, 1)).layout.shapes
    assert (shape.x0, shape.x1, shape.y0, shape.y1) == pytest.approx((0.5, 1.5, 1.7, 2.7))


@pytest.mark.parametrize(
    ("names", "angle", "first"),
    [
        (["dog", "big cat"], 0, "dog"),
        (["big white cat", "dog"], 0, "big<br>white<br>cat"),
        (["residential building", "construction site", "undeveloped land"], -90, "residential building"),
        ([f"class {number}" for number in range(30)], -90, "class 0"),
    ],
    ids=["short", "a word a line", "long words", "many"],
)
def test_names_below_the_matrix_are_never_tilted(names: list[str], angle: int, first: str) -> None:
    classes = len(names)
    figure = confusion_figure(np.ones((classes + 1, classes + 1), dtype=np.int64), names)
    assert figure.layout.xaxis.tickangle == angle
    assert figure.layout.xaxis.ticktext[0] == first


def test_many_classes_leave_out_the_numbers() -> None:
    figure = confusion_figure(np.zeros((41, 41), dtype=np.int64), [f"class {key}" for key in range(40)])
    assert not figure.data[0].texttemplate
    assert figure.layout.height <= 760


def test_the_users_names_are_never_markup() -> None:
    results = random_results(1, classes=2)
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), 0.5)
    figures = [
        confusion_figure(MATRIX, NAMES),
        precision_recall_figure(precision_recall(truths, found, matching, 2), NAMES, 0.5),
        class_ap_figure(
            [
                ClassScores(category_id=0, name=NAMES[1], ap=0.5, ap50=0.6, ap75=0.4, truths=3),
                ClassScores(category_id=1, name=NAMES[1], ap=None, ap50=None, ap75=None, truths=0),
            ]
        ),
    ]
    for figure in figures:
        assert "&lt;a href" in texts_of(figure)
        assert "<a href" not in texts_of(figure)


def test_the_precision_curves_are_named_by_class() -> None:
    results = random_results(2)
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), 0.5)
    precision = precision_recall_figure(precision_recall(truths, found, matching, 3), ["a", "b", "c"], 0.5)
    assert [trace.name for trace in precision.data] == ["all classes", "a", "b", "c"]


def test_classes_stand_with_the_lowest_ap_first_and_the_ones_without_objects_last() -> None:
    rows = [
        ClassScores(category_id=0, name="good", ap=0.8, ap50=0.9, ap75=0.85, truths=10),
        ClassScores(category_id=1, name="absent", ap=None, ap50=None, ap75=None, truths=0),
        ClassScores(category_id=2, name="poor", ap=0.1, ap50=0.3, ap75=0.05, truths=4),
    ]
    figure = class_ap_figure(rows)
    assert list(figure.layout.yaxis.ticktext) == ["poor", "good", "absent"]
    assert list(figure.data[0].text) == ["10.0", "80.0", "no objects"]
    assert list(figure.data[1].x) == [30.0, 90.0, None]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_both_themes_draw_every_figure(dark: bool) -> None:
    figure = confusion_figure(MATRIX, NAMES, dark)
    # Transparent colours would mislead Plotly's choice of the numbers' colour.
    assert all("rgba" not in str(colour) for trace in figure.data[:3] for _, colour in trace.colorscale)
    assert class_ap_figure([], dark).layout.height > 0
