"""What the GPU check calls wrong about a device."""

from pathlib import Path
from typing import Any

import pytest
from gpu_checks import train_part
from gpu_checks.ground import ON_CPU, ON_GPU, check_losses
from gpu_checks.report import CheckError, NotRunError

from core.services import runs
from core.services.runs.control import DeviceState
from core.settings import Settings

_H200 = {"name": "NVIDIA H200", "memory_mib": 143_156}


def _slot(title: str, memory_mib: int | None = 143_771) -> DeviceState:
    is_gpu = not title.startswith("CPU")
    return DeviceState(
        key="gpu0" if is_gpu else "cpu",
        title=title,
        is_gpu=is_gpu,
        busy=False,
        run="",
        run_name="",
        memory_mib=memory_mib if is_gpu else None,
    )


def _check(monkeypatch: pytest.MonkeyPatch, slot: DeviceState, gpu: dict[str, Any] | None) -> dict[str, Any]:
    monkeypatch.setattr(runs, "devices", lambda settings: runs.Devices((slot,), ()))
    figures: dict[str, Any] = {}
    train_part._check_device(Settings(workspace=Path()), {"gpu": gpu}, figures)
    return figures


def test_a_gpu_that_product_and_torch_see_alike_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _check(monkeypatch, _slot("NVIDIA H200"), _H200)["device"] == "NVIDIA H200"
    assert _check(monkeypatch, _slot("NVIDIA H200 1", None), _H200)["memory_mib"] is None


@pytest.mark.parametrize(
    ("slot", "gpu", "words"),
    [
        pytest.param(_slot("NVIDIA H200"), None, "torch sees no GPU", id="torch sees none"),
        pytest.param(_slot("CPU, 16 cores"), _H200, "trains on CPU", id="the product sees none"),
        pytest.param(_slot("NVIDIA L4"), _H200, "torch NVIDIA H200", id="another one"),
        pytest.param(_slot("NVIDIA H200", 16_384), _H200, "16384 MiB", id="another memory"),
    ],
)
def test_a_gpu_that_they_see_differently_fails(
    monkeypatch: pytest.MonkeyPatch, slot: DeviceState, gpu: dict[str, Any] | None, words: str
) -> None:
    with pytest.raises(CheckError, match=words):
        _check(monkeypatch, slot, gpu)


def test_without_a_gpu_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotRunError, match="no GPU"):
        _check(monkeypatch, _slot("CPU, 2 cores"), None)


def test_a_run_that_was_not_on_the_gpu_fails() -> None:
    train_part._check_gpu_used({"peak_gpu_mib": 900.0}, "NVIDIA H200")
    for peak, device in ((900.0, "CPU, 16 cores (torch finds no GPU)"), (None, "NVIDIA H200")):
        with pytest.raises(CheckError, match="trained on"):
            train_part._check_gpu_used({"peak_gpu_mib": peak}, device)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_fails(loss: float) -> None:
    check_losses({"first_loss": 2.0, "last_loss": 1.0})
    with pytest.raises(CheckError, match=r"The loss went from 2.0 to"):
        check_losses({"first_loss": 2.0, "last_loss": loss})


@pytest.mark.parametrize("sizes", [ON_GPU, ON_CPU], ids=["GPU", "CPU"])
def test_the_blocks_are_as_many_as_the_interval_is_for(sizes: Any) -> None:
    assert 2 <= sizes.blocks <= 10
    assert sizes.warm_up + sizes.blocks * sizes.block == (200 if sizes is ON_GPU else 3)
