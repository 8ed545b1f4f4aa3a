"""The loss that can be compared between two points of a run, against hand arithmetic."""

import math

import numpy as np
import pytest

from core.training.metrics.comparable_loss import (
    LOSS,
    VALIDATION_LOSS,
    comparable_loss,
    comparable_value,
    has_later_heads,
)
from core.training.metrics.curves import Curve, Stretches
from tests.factories.curves import curve

CASCADE = {
    "loss/total": curve([2.0, 2.5]),
    "loss/cls_stage0": curve([1.5, 1.0]),
    "loss/cls_stage1": curve([0.25, 0.5]),
    "loss/box_reg_stage2": curve([0.25, 1.0]),
    "val_loss/total": curve([3.0]),
    "val_loss/cls_stage1": curve([0.5]),
    "val_loss/box_reg_stage2": curve([1.5]),
}


def test_of_a_cascade_it_is_the_total_without_the_later_heads() -> None:
    """By hand: 2.0 - 0.25 - 0.25, then 2.5 - 0.5 - 1.0; of validation 3.0 - 0.5 - 1.5."""
    trained, comparable = (comparable_loss(CASCADE, kind) for kind in (LOSS, VALIDATION_LOSS))
    assert trained is not None
    assert comparable is not None
    assert trained.values.tolist() == trained.means.values.tolist() == [1.5, 1.0]
    assert comparable.values.tolist() == [1.0]


def test_without_later_heads_it_is_the_curve_of_the_total() -> None:
    curves = {"loss/total": curve([2.0, 1.0]), "loss/cls": curve([1.0, 0.5])}
    assert comparable_loss(curves, LOSS) is curves["loss/total"]
    assert not has_later_heads(curves)


@pytest.mark.parametrize(
    "missing", ["val_loss/cls_stage1", "val_loss/total"], ids=["a later head of validation", "the total of validation"]
)
def test_validation_that_cannot_stand_on_the_same_footing_is_not_shown(missing: str) -> None:
    curves = {name: one for name, one in CASCADE.items() if name != missing}
    assert comparable_loss(curves, VALIDATION_LOSS) is None
    assert comparable_loss(curves, LOSS) is not None


def test_of_a_long_run_it_is_the_means_of_the_stretches() -> None:
    """4,000 values make 500 stretches of eight. A total of k / 1000 less a head of k / 2000 leaves k / 2000."""
    at = np.arange(4000)
    curves = dict[str, Curve]()
    for name, values in (("loss/total", at / 1000), ("loss/cls_stage1", at / 2000)):
        stretches = Stretches()
        stretches.append(at, values, 1000.0 + at)
        curves[name] = stretches.curve()

    found = comparable_loss(curves, LOSS)

    assert found is not None
    assert len(found.values) == 500
    assert found.values.tolist() == pytest.approx([(8 * place + 3.5) / 2000 for place in range(500)])
    assert found.means.counts.tolist() == [8] * 500


def test_a_diverged_run_is_no_warning_and_no_error() -> None:
    curves = {"loss/total": curve([1.0, math.inf]), "loss/cls_stage1": curve([0.5, math.inf])}
    found = comparable_loss(curves, LOSS)
    assert found is not None
    assert found.values[0] == 0.5
    assert math.isnan(found.values[1])


@pytest.mark.parametrize(
    ("metrics", "value"),
    [
        ({"loss/total": 2.5, "loss/cls_stage1": 0.5, "loss/box_reg_stage2": 1.0, "loss/cls_stage0": 1.0}, 1.0),
        ({"loss/total": 2.5, "loss/cls": 1.0}, 2.5),
        ({"loss/total": None, "loss/cls_stage1": 0.5}, None),
        ({"loss/total": 2.5, "loss/cls_stage1": None}, None),
        ({"loss/total": 2.5, "val_loss/cls_stage1": 0.5}, None),
        ({}, None),
    ],
    ids=["cascade", "one head", "no total", "no part", "another footing", "nothing yet"],
)
def test_the_last_values_give_the_same(metrics: dict[str, float | None], value: float | None) -> None:
    assert comparable_value(metrics, LOSS) == value
