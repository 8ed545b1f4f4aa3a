"""What the GPU check calls a resume that is not exact, and a recovery from too little memory."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gpu_checks import failures_part
from gpu_checks.failures_part import _apart
from gpu_checks.ground import ON_CPU, Ground
from gpu_checks.report import CheckError, Clock

from core.services.training import TrainRequest
from core.training.launch.launcher import LocalLauncher
from tests.factories.workers.failing_worker import failing_launcher


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


class _Failing(Ground):
    """A ground whose trainings run out of memory as on a GPU, from four images on."""

    def start(self, request: TrainRequest, launcher: LocalLauncher | None = None) -> str:
        return super().start(request, failing_launcher("cuda:4"))


@pytest.mark.long
@pytest.mark.parametrize(
    ("batch", "words"),
    [
        pytest.param(4, "", id="too large"),
        pytest.param(2, "A batch of 2 did not run out of memory.", id="not too large"),
    ],
)
def test_running_out_of_memory_passes_if_half_the_batch_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, words: str
) -> None:
    # The error is CUDA's own, raised without a GPU; retry, changed recipe and end are the product's.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(failures_part, "_other_program", lambda ground: nullcontext())
    monkeypatch.setattr(failures_part, "_MEMORY", replace(ON_CPU.quick, mixed_precision=False))
    part = failures_part._Failures(_Failing(tmp_path, ON_CPU, Clock(None)), has_gpu=True)
    part._too_large = batch
    figures: dict[str, Any] = {}
    with pytest.raises(CheckError, match=words) if words else nullcontext():
        part.check_out_of_memory(figures)
    assert figures["batch"] == batch
    assert [retry[0] for retry in figures["retries"]] == ([] if words else ["gpu memory"])
