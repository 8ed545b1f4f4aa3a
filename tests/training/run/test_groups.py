import pytest

from core.shapes import built
from core.training.run.groups import GroupPart, spread


def test_the_spread_is_mean_and_sample_deviation_of_what_is_there() -> None:
    found = spread([0.5, None, 0.6, 0.7])
    assert found.values == (0.5, None, 0.6, 0.7)
    assert found.mean == pytest.approx(0.6)
    assert found.deviation == pytest.approx(0.1)  # ((0.1² + 0 + 0.1²) / 2) ** 0.5


@pytest.mark.parametrize(("values", "mean"), [([], None), ([None, None], None), ([0.4], 0.4), ([None, 0.4], 0.4)])
def test_fewer_than_two_values_have_no_deviation(values: list[float | None], mean: float | None) -> None:
    assert (spread(values).mean, spread(values).deviation) == (mean, None)


def test_a_part_is_read_as_it_was_written() -> None:
    part = GroupPart(group="g-234567", name="cells quick 1", kind="folds", place=2, of=5, label="fold 2")
    assert built(GroupPart, part.as_dict()) == part
