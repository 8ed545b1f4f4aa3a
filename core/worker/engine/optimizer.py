"""The optimizer of a training: Detectron2's."""

from typing import Final

import torch
from detectron2.solver import build_optimizer

from core.worker.model.detectron import CfgNode

# Of a parameter group: its learning rate as a share of the recipe's. Checkpoints of earlier versions lack it.
RATE_SHARE: Final = "rate_share"


def make_optimizer(cfg: CfgNode, model: torch.nn.Module) -> torch.optim.Optimizer:
    """Detectron2's optimizer. Each group knows its share of the rate, e.g. by SOLVER.BIAS_LR_FACTOR."""
    optimizer = build_optimizer(cfg, model)
    for group in optimizer.param_groups:
        group[RATE_SHARE] = group["lr"] / cfg.SOLVER.BASE_LR
    return optimizer
