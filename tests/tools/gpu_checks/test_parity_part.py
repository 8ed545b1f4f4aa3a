"""What the GPU check calls the same AP."""

from typing import Any

import pytest
from gpu_checks.parity_part import _check_same
from gpu_checks.report import CheckError


def test_ap_and_ap50_may_be_a_thousandth_apart() -> None:
    figures: dict[str, Any] = {"gpu": [0.412, 0.7], "cpu": [0.4125, 0.6995]}
    _check_same(figures, "gpu", "cpu", 1e-3)
    assert figures["apart"] == pytest.approx(5e-4)


@pytest.mark.parametrize(
    ("cpu", "words"),
    [
        pytest.param([0.412, 0.702], "0.702", id="AP50 is another"),
        pytest.param([0.409, 0.7], "0.409", id="AP is another"),
        pytest.param([None, 0.7], "There is no AP", id="none"),
    ],
)
def test_more_or_none_at_all_fails(cpu: list[float | None], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        _check_same({"gpu": [0.412, 0.7], "cpu": cpu}, "gpu", "cpu", 1e-3)
