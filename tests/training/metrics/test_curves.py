import numpy as np
import pytest

from core.training.metrics.curves import CURVE_POINTS, Curve, Stretches

LONG = 270_000


def _stretches(values: np.ndarray, every: int = 1, at_once: int = 10_000) -> Stretches:
    iterations = np.arange(1, len(values) + 1) * every
    made = Stretches()
    for start in range(0, len(values), at_once):
        part = slice(start, start + at_once)
        made.append(iterations[part], values[part], iterations[part] * 0.5)
    return made


def _noise(length: int) -> np.ndarray:
    return np.random.default_rng(7).normal(size=length)


def _at(curve: Curve, iteration: int) -> float:
    (place,) = np.flatnonzero(curve.iterations == iteration)
    return float(curve.values[place])


def test_a_short_curve_is_kept_value_by_value() -> None:
    curve = _stretches(np.array([3.0, 1.0, 2.0]), every=5).curve()
    assert curve.iterations.tolist() == [5, 10, 15]
    assert curve.values.tolist() == curve.means.values.tolist() == [3, 1, 2]
    assert curve.times.tolist() == [2.5, 5, 7.5]


def test_a_long_curve_is_bounded_and_loses_no_spike_and_no_end() -> None:
    values = _noise(LONG)
    values[123_456], values[222_222] = 99.0, -99.0
    curve = _stretches(values).curve()

    assert CURVE_POINTS <= 2000
    assert 900 < len(curve.values) <= CURVE_POINTS
    assert (_at(curve, 123_457), _at(curve, 222_223)) == (99, -99)
    assert curve.iterations[-1] == LONG
    assert curve.values[-1] == values[-1]
    assert (np.diff(curve.iterations) > 0).all()
    assert (curve.values == values[curve.iterations - 1]).all(), "every point was measured"
    assert (curve.times == curve.iterations * 0.5).all()


def test_the_means_are_those_of_the_stretches_they_name() -> None:
    values = _noise(LONG)
    made = _stretches(values)
    means = made.curve().means
    ends = means.iterations
    begins = np.concatenate(([0], ends[:-1]))

    assert means.counts.sum() == LONG
    assert (ends[:-1] % made.width == made.width - 1).all()
    expected = [values[low:high].mean() for low, high in zip(begins, ends, strict=True)]
    np.testing.assert_allclose(means.values, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("at_once", [7, 1000, LONG])
def test_a_curve_does_not_depend_on_how_many_values_came_at_a_time(at_once: int) -> None:
    values = _noise(30_000)
    one, other = _stretches(values), _stretches(values, at_once=at_once)
    assert one.width == other.width
    for name in one.rows.dtype.names or ():
        same = np.testing.assert_allclose if name == "mean" else np.testing.assert_array_equal
        same(one.rows[name], other.rows[name])


def test_a_curve_put_together_from_its_end_is_the_same() -> None:
    values = _noise(30_000)
    iterations = np.arange(1, len(values) + 1)
    backwards = Stretches()
    for end in range(len(values), 0, -1234):
        part = slice(max(0, end - 1234), end)
        backwards.prepend(iterations[part], values[part], iterations[part] * 0.5)
    forwards = _stretches(values)
    assert backwards.width == forwards.width
    np.testing.assert_array_equal(backwards.curve().values, forwards.curve().values)


def test_a_sparse_curve_of_a_long_run_keeps_every_value() -> None:
    curve = _stretches(_noise(540), every=500).curve()
    assert curve.iterations.tolist() == list(range(500, LONG + 1, 500))


def test_of_two_values_of_one_iteration_the_later_counts() -> None:
    made = Stretches()
    made.append([1, 2], [0.1, 0.2], [1, 2])
    made.append([2, 3], [0.9, 0.3], [3, 4])
    assert made.curve().values.tolist() == [0.1, 0.9, 0.3]
