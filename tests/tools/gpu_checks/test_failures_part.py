"""What the GPU check calls a resume that is not exact."""

import pytest
from gpu_checks.failures_part import _apart


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        pytest.param({"val_loss/total": 2.0, "ap": 0.5}, 0.0, id="equal"),
        pytest.param({"val_loss/total": 2.1, "ap": 0.5}, 0.1 / 2.1, id="another loss"),
        pytest.param({"val_loss/total": 2.0, "ap": 0.6}, 1e-12, id="another AP"),
    ],
)
def test_validations_are_apart_as_their_losses_and_equal_only_in_every_figure(
    other: dict[str, float], apart: float
) -> None:
    whole = {"val_loss/total": 2.0, "ap": 0.5}
    assert _apart(whole, other) == pytest.approx(apart, rel=1e-9, abs=0)
    assert _apart(other, whole) == _apart(whole, other)
