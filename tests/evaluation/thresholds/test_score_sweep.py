"""The counts at all scores against those that the pages compute at one score."""

import numpy as np
import pytest

from core.evaluation.matching.causes import CAUSES
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import confusion_matrix, count_causes, outcomes_at
from core.evaluation.thresholds.score_sweep import boxes_at_scores, count_at_scores, scores_with
from tests.factories.progress import silent
from tests.factories.results import make_detections, make_truths, random_results

SQUARE = (0.0, 0.0, 20.0, 20.0)


def test_the_steps_are_those_of_the_slider_and_a_score_of_ones_own() -> None:
    assert len(scores_with(0.5)) == 101
    own = scores_with(0.333)
    assert len(own) == 102
    assert list(own[33:35]) == [0.33, 0.333]


@pytest.mark.parametrize("seed", range(4))
def test_the_counts_at_each_score_are_those_of_a_judgement_at_that_score(seed: int) -> None:
    results = random_results(seed, equal_scores=seed % 2 == 1)
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), 0.5)
    scores = [0.0, 0.2, 0.4, 0.55, 0.8, 1.0]

    counts = count_at_scores(truths, found, matching, 3, scores, silent)

    assert counts.confusion.shape == (6, 4, 4)
    for place, score in enumerate(scores):
        outcomes = outcomes_at(truths, found, matching, score)
        assert np.array_equal(counts.confusion[place], confusion_matrix(outcomes, 3))
        expected = count_causes(outcomes)
        assert counts.causes[place].tolist() == [row.count for row in expected]
        assert counts.objects[place].tolist() == [row.objects for row in expected]
    assert len({tuple(row) for row in counts.causes.tolist()}) > 1
    assert counts.causes.shape[1] == len(CAUSES)


def test_pairs_across_classes_are_named_by_the_ids_in_the_order_of_choice() -> None:
    """By hand: both dogs lie on the cat; the surer one chooses first."""
    truths = make_truths([(1, 1, SQUARE, False)]).assign(annotation_id=[7])
    found = make_detections([(1, 0, SQUARE, 0.4), (1, 0, (0.0, 0.0, 20.0, 18.0), 0.9)]).assign(detection_id=[5, 6])

    boxes = boxes_at_scores(truths, found, 0.5)

    assert boxes.across.tolist() == [[6, 7], [5, 7]]
    assert boxes.outcomes.score == 0.0
