import logging

import pytest
import torch

from core.worker.engine.trainer import StoppableTrainer
from core.worker.model import depthwise
from core.worker.model.depthwise import choose_depthwise_precision, depthwise_in_bfloat16, set_depthwise_precision
from core.worker.model.efficientnet_lite import DepthwiseConv2d, EfficientNetLite0
from core.worker.model.narrow_resnet import BasicStem

_ALL = ["3x3/1 frozen", "3x3/1 learned", "3x3/2 frozen", "5x5/1 learned", "5x5/2 learned", "3x3/2 learned"]


class _Clock:
    """Stands in for the time that convolutions take: a second each, in bfloat16 what the test says."""

    def __init__(self, bfloat16_s: dict[str, float]) -> None:
        self._now, self._bfloat16_s = 0.0, bfloat16_s

    def perf_counter(self) -> float:
        return self._now

    def convolve(self, kind: depthwise._Kind, dtype: torch.dtype) -> None:
        self._now += self._bfloat16_s.get(str(kind), 1.0) if dtype == torch.bfloat16 else 1.0


@pytest.fixture
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _Clock(request.param)
    monkeypatch.setattr(depthwise, "time", made)
    monkeypatch.setattr(depthwise, "_convolve_once", made.convolve)


def _trainer(body: torch.nn.Module) -> StoppableTrainer:
    optimizer = torch.optim.SGD([parameter for parameter in body.parameters() if parameter.requires_grad], lr=0.1)
    return StoppableTrainer(body, [], optimizer)


@pytest.mark.parametrize("clock", [{"5x5/1 learned": 4.0, "5x5/2 learned": 1.4, "3x3/2 learned": 1.2}], indirect=True)
def test_kinds_that_are_clearly_slow_in_bfloat16_stay_single(clock: None) -> None:
    body = EfficientNetLite0(freeze_at=2)
    choose_depthwise_precision(body)
    assert depthwise_in_bfloat16(body) == sorted(set(_ALL) - {"5x5/1 learned", "5x5/2 learned"})
    wide = [module for module in body.modules() if isinstance(module, DepthwiseConv2d) and module.kernel_size == (5, 5)]
    assert len(wide) == 9
    assert not any(convolution.in_bfloat16 for convolution in wide)


@pytest.mark.parametrize("clock", [dict.fromkeys(_ALL, 2.0)], indirect=True)
def test_the_log_says_that_none_is_quick(clock: None, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        choose_depthwise_precision(EfficientNetLite0(freeze_at=2))
    assert "Depthwise convolutions in bfloat16: none; others in single precision" in caplog.text


def test_the_kinds_are_timed_by_convolving() -> None:
    body = EfficientNetLite0(freeze_at=2)
    threads = torch.get_num_threads()
    choose_depthwise_precision(body)
    assert torch.get_num_threads() == threads
    assert set(depthwise_in_bfloat16(body)) <= set(_ALL)


def test_another_model_has_nothing_to_choose(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        choose_depthwise_precision(BasicStem())
    assert caplog.text == ""
    assert depthwise_in_bfloat16(BasicStem()) == []


def test_a_resumed_training_keeps_the_choice() -> None:
    first = _trainer(EfficientNetLite0(freeze_at=2))
    set_depthwise_precision(first.model, ["3x3/1 learned"])
    checkpoint = {"model": first.model.state_dict(), "iteration": 4, **first.state()}

    resumed = _trainer(EfficientNetLite0(freeze_at=2))
    set_depthwise_precision(resumed.model, ["5x5/1 learned"])
    resumed.restore(checkpoint)
    assert depthwise_in_bfloat16(resumed.model) == ["3x3/1 learned"]


def test_a_checkpoint_from_before_the_choice_goes_on_in_single_precision() -> None:
    resumed = _trainer(EfficientNetLite0(freeze_at=2))
    set_depthwise_precision(resumed.model, _ALL)
    resumed.restore({"model": resumed.model.state_dict(), "iteration": 4})
    assert depthwise_in_bfloat16(resumed.model) == []


def test_only_a_training_in_mixed_precision_computes_them_in_bfloat16() -> None:
    torch.manual_seed(1)
    body = EfficientNetLite0().eval()
    images = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        single = body(images)["res5"]
        set_depthwise_precision(body, _ALL)
        assert torch.equal(body(images)["res5"], single)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = body(images)["res5"].float()
    assert not torch.equal(mixed, single)
    assert torch.allclose(mixed, single, atol=0.05 * float(single.abs().max()))
