"""Mixed precision: float16 on a GPU, bfloat16 on a CPU that supports it.

On the CPU only losses use it. Detections stay in single precision, and so are the same on every machine.
"""

from typing import Any, Final

import torch

from core.worker.model.detectron import CfgNode

# Names in torch.cpu.get_capabilities of instructions that multiply bfloat16. Without one, single precision is faster.
_BFLOAT16: Final = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


def has_mixed_precision(device: str) -> bool:
    """Whether mixed precision is faster on the device ("cpu", "cuda")."""
    if device != "cpu":
        return True
    # Older versions of torch do not tell; then single precision is right on any CPU.
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(able.get(name) for name in _BFLOAT16)


def evaluation_precision(cfg: CfgNode) -> Any:
    """The autocast context for evaluating a model."""
    return torch.autocast("cuda", enabled=cfg.MODEL.DEVICE != "cpu" and cfg.SOLVER.AMP.ENABLED)


class InBFloat16(torch.nn.Module):
    """A model that computes its losses in mixed precision on the CPU.

    bfloat16 has the range of single precision, so the losses need no scaling. Its 8 bits of digits are too few for the
    corners of boxes, which Detectron2 rounds to the type of the pooled features. So the features stay single.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model
        self.training = model.training

    def forward(self, batch: Any) -> Any:
        """The model's losses."""
        with torch.autocast("cpu", torch.bfloat16):
            return self.model(batch)


def keep_features_single(backbone: torch.nn.Module) -> None:
    """Makes a backbone return features in single precision, whatever precision it computes in."""
    backbone.register_forward_hook(_in_single)


def _in_single(_backbone: torch.nn.Module, _images: Any, features: dict[str, torch.Tensor]) -> Any:
    return {name: feature.float() for name, feature in features.items()}
