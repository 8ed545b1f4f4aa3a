"""Which image stands where in the stream, against Detectron2's own repeat factors and against arithmetic."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from detectron2.data.samplers import RepeatFactorTrainingSampler

from core.worker.data.sampler import EpochOrder
from core.worker.data.training_stream import showing_factors
from tests.factories.workers.tiny_run import tiny_recipe


def _samples(seed: int, images: int = 60, classes: int = 7) -> list[dict[str, list[dict[str, int]]]]:
    """Images with up to five objects, the higher classes rarer; some hold none."""
    random = np.random.default_rng(seed)
    counts = random.integers(0, 6, images)
    chance = 1.0 / 2 ** np.arange(classes)
    drawn = [random.choice(classes, count, p=chance / chance.sum()) for count in counts]
    return [{"annotations": [{"category_id": int(one)} for one in found]} for found in drawn]


@pytest.mark.parametrize("threshold", [0.001, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_repeat_factors_are_those_of_detectron2(seed: int, threshold: float) -> None:
    samples = _samples(seed)
    theirs = RepeatFactorTrainingSampler.repeat_factors_from_category_frequency(samples, threshold)
    ours = showing_factors(samples, tiny_recipe(balance=threshold))
    assert ours is not None
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6)


def test_a_recipe_without_wishes_has_no_factors() -> None:
    assert showing_factors(_samples(0), tiny_recipe()) is None


def _shown(order: EpochOrder, positions: range) -> list[int]:
    return [order(position) for position in positions]


def test_factors_of_one_give_the_order_of_a_recipe_without_any() -> None:
    assert _shown(EpochOrder(9, 4), range(40)) == _shown(EpochOrder(9, 4, np.ones(9)), range(40))


def test_a_position_means_the_same_whatever_was_asked_before() -> None:
    factors = np.array([0.3, 1.0, 2.5, 1.2, 0.0])
    whole = _shown(EpochOrder(5, 3, factors), range(200))
    assert _shown(EpochOrder(5, 3, factors), range(137, 200)) == whole[137:]
    jumping = EpochOrder(5, 3, factors)
    assert [jumping(position) for position in (150, 3, 90, 4)] == [whole[position] for position in (150, 3, 90, 4)]


def test_images_are_shown_as_often_as_their_factors_say() -> None:
    factors = np.array([0.25, 1.0, 1.5, 3.75, 0.0])
    order = EpochOrder(5, 1, factors)
    shown = Counter(_shown(order, range(26_000)))
    share = np.array([shown[place] for place in range(5)]) / 26_000
    # 4,000 epochs; the largest standard deviation of a share is about 0.001.
    np.testing.assert_allclose(share, factors / factors.sum(), atol=0.005)


def test_whole_factors_fill_every_epoch_exactly() -> None:
    order = EpochOrder(3, 2, np.array([1.0, 2.0, 3.0]))
    epochs = [_shown(order, range(start, end)) for start, end in pairwise(range(0, 31, 6))]
    assert all(sorted(epoch) == [0, 1, 1, 2, 2, 2] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_an_epoch_that_shows_nothing_is_passed_over() -> None:
    order = EpochOrder(1, 0, np.array([0.05]))
    assert _shown(order, range(5)) == [0] * 5
