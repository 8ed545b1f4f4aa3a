"""The precision of depthwise convolutions on the CPU: single or bfloat16, whichever is quicker.

A processor that multiplies bfloat16 quickly may still be slow at some of them. On one with AVX-512, learning a 5 × 5
one takes three to ten times as long, all frozen ones a tenth less. No capability of torch says so: each kind is timed.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import torch
from torch import nn
from torch.nn import functional

from core.worker.model.efficientnet_lite import DepthwiseConv2d

_LOG = logging.getLogger(__name__)
# (images, channels, height, width) of the features.
_FEATURES: Final = (1, 96, 32, 32)
_ROUNDS: Final = 10
# A choice that flips with the noise of a busy machine would make two equal runs differ. So the shortest of many short
# rounds on one thread counts. With six processes on two cores, bfloat16 took 0.8 to 0.95 or 2.3 to 17 times as long.
_MOST: Final = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What decides the time. A frozen convolution has no way back."""

    kernel: int
    stride: int
    learns: bool

    def __str__(self) -> str:
        """E.g. `5x5/2 frozen`: kernel, stride, and whether it learns."""
        return f"{self.kernel}x{self.kernel}/{self.stride} {'learned' if self.learns else 'frozen'}"


def choose_depthwise_precision(model: nn.Module) -> None:
    """Times both precisions for each kind in the model and sets one. The log says what was chosen.

    It is single precision where bfloat16, in which the rest of the model computes, takes more than 1.3 times as long.
    """
    convolutions = _depthwise(model)
    if not convolutions:
        return
    kinds = sorted({_kind(convolution) for convolution in convolutions}, key=str)
    with _one_thread():
        quick = [str(kind) for kind in kinds if _is_quick(kind)]
    set_depthwise_precision(model, quick)
    _LOG.info("Depthwise convolutions in bfloat16: %s; others in single precision", ", ".join(quick) or "none")


def depthwise_in_bfloat16(model: nn.Module) -> list[str]:
    """The kinds that are computed in bfloat16, e.g. `3x3/1 learned`."""
    return sorted({str(_kind(convolution)) for convolution in _depthwise(model) if convolution.in_bfloat16})


def set_depthwise_precision(model: nn.Module, in_bfloat16: Iterable[str]) -> None:
    """Takes an earlier choice, as `depthwise_in_bfloat16` gives it."""
    quick = set(in_bfloat16)
    for convolution in _depthwise(model):
        convolution.in_bfloat16 = str(_kind(convolution)) in quick


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _depthwise(model: nn.Module) -> list[DepthwiseConv2d]:
    return [module for module in model.modules() if isinstance(module, DepthwiseConv2d)]


def _kind(convolution: DepthwiseConv2d) -> _Kind:
    return _Kind(
        kernel=convolution.kernel_size[0],
        stride=convolution.stride[0],
        learns=convolution.weight.requires_grad,
    )


def _is_quick(kind: _Kind) -> bool:
    """Whether bfloat16 takes no clearly longer than single precision."""
    took: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    for _ in range(1 + _ROUNDS):
        for dtype, times in took.items():
            began = time.perf_counter()
            _convolve_once(kind, dtype)
            times.append(time.perf_counter() - began)
    single, bfloat16 = (min(times[1:]) for times in took.values())
    return bfloat16 <= _MOST * single


def _convolve_once(kind: _Kind, dtype: torch.dtype) -> None:
    """Features come in bfloat16 and go on in it, so the casts count too."""
    channels = _FEATURES[1]
    features = torch.ones(_FEATURES, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
    features.requires_grad_(kind.learns)
    weight = torch.ones((channels, 1, kind.kernel, kind.kernel), dtype=dtype, requires_grad=kind.learns)
    result = functional.conv2d(features.to(dtype), weight, None, kind.stride, kind.kernel // 2, groups=channels)
    result = result.to(torch.bfloat16)
    if kind.learns:
        result.backward(torch.ones_like(result))
