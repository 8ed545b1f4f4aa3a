import numpy as np
import pytest

from core.errors import AppError
from core.evaluation.intervals.bootstrap import Replicates, bootstrap
from core.evaluation.intervals.ranked_matches import RankedMatches, rank_matches
from core.evaluation.predictions import Truth
from core.evaluation.scores.scores import score_boxes
from tests.factories.results import make_categories, make_detections, make_images, make_truths, random_results

BOX = (0.0, 0.0, 20.0, 20.0)


def finder(found: range, images: int = 40) -> RankedMatches:
    """One object an image, found on some of them; no false positives."""
    truths = make_truths([(image, 0, BOX, False) for image in range(1, images + 1)])
    truth = Truth(images=make_images(images), annotations=truths, categories=make_categories("crane"))
    return rank_matches(truth, make_detections([(image, 0, BOX, 0.9) for image in found]))


def random_ranked(seed: int) -> RankedMatches:
    results = random_results(seed, images=20)
    return rank_matches(
        Truth(images=results.images, annotations=results.annotations, categories=results.categories), results.detections
    )


def test_what_is_observed_is_the_ap_of_the_scores() -> None:
    results = random_results(1, classes=2)
    truth = Truth(images=results.images, annotations=results.annotations, categories=results.categories)
    scores = score_boxes(results.images, results.annotations, results.categories, results.detections)

    observed = bootstrap(rank_matches(truth, results.detections), 100).observed

    per_class = [(row.ap, row.ap50) for row in scores.per_class]
    assert observed.T.tolist() == [pytest.approx(row, abs=1e-6) for row in [(scores.ap, scores.ap50), *per_class]]


def test_the_same_seed_draws_the_same_whatever_the_threads_and_another_does_not() -> None:
    ranked = random_ranked(2)

    one, two, other = (
        bootstrap(ranked, 130, 7, threads=1),
        bootstrap(ranked, 130, 7, threads=4),
        bootstrap(ranked, 130, 8),
    )

    assert np.array_equal(one.values, two.values)
    assert np.array_equal(one.bias, two.bias)
    assert not np.array_equal(one.values, other.values)


def test_by_hand_the_spread_is_that_of_a_share() -> None:
    """Without false positives AP is the recall, in steps of 1 / 101: its spread is binomial, to a few per cent."""
    replicates = bootstrap(finder(range(1, 31), images=120), 2000)

    assert replicates.observed[:, 0] == pytest.approx([26 / 101, 26 / 101])
    assert replicates.values[:, 0, 0].std() == pytest.approx(np.sqrt(0.25 * 0.75 / 120), rel=0.06)


def test_two_evaluations_on_the_same_images_see_the_same_draws() -> None:
    """B finds what A finds and more, so no draw can favour A; of draws apart, some would."""
    fewer, more = finder(range(1, 21)), finder(range(1, 24))

    paired = bootstrap(more).minus(bootstrap(fewer))

    assert paired.observed[0, 0] == pytest.approx(7 / 101)  # recall 0.575 against 0.5: 58 and 51 thresholds
    assert paired.values.min() == 0.0
    apart = bootstrap(more).values - bootstrap(fewer, seed=1).values
    assert apart.min() < 0


def test_few_images_are_too_high_where_false_positives_are_many_and_recall_alone_is_not() -> None:
    """A flat precision makes the best of a recall lucky; with a detector that never errs nothing can be."""
    random = np.random.default_rng(0)
    truths = make_truths([(image, 0, BOX, False) for image in range(1, 61)])
    rows = [
        (image, 0, BOX if random.random() < 0.5 else (50.0, 50.0, 70.0, 70.0), float(random.random()))
        for image in range(1, 61)
    ]
    guessing = rank_matches(
        Truth(images=make_images(60), annotations=truths, categories=make_categories("crane")), make_detections(rows)
    )

    assert bootstrap(guessing, 100).bias[0, 0] > 0.01
    assert abs(bootstrap(finder(range(1, 21)), 100).bias[0, 0]) < 0.01


def test_progress_ends_at_one() -> None:
    told: list[float] = []

    bootstrap(finder(range(1, 3), images=5), 100, progress=lambda share, doing: told.append(share))

    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize(("resamples", "seed"), [(99, 0), (100_001, 0), (1000, -1)], ids=["few", "many", "seed"])
def test_what_cannot_be_drawn_is_refused(resamples: int, seed: int) -> None:
    with pytest.raises(AppError):
        bootstrap(finder(range(1, 3), images=5), resamples, seed)


def test_some_classes_are_taken_out_in_the_order_asked_for() -> None:
    numbers = np.arange(8.0).reshape(2, 4)
    replicates = Replicates(observed=numbers, values=np.stack([numbers, numbers + 10]), bias=numbers / 10)

    some = replicates.of_classes([2, 0])

    assert some.observed.tolist() == [[0, 3, 1], [4, 7, 5]]
    assert some.values[1].tolist() == [[10, 13, 11], [14, 17, 15]]
    assert some.bias[0].tolist() == pytest.approx([0, 0.3, 0.1])
