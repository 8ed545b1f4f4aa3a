"""Detectron2 set up for this project: its log, its threads, its zoo's configurations, its models.

`core/worker/__init__.py` has what its import needs.
"""

import logging
import os
import socket
import sys
from pathlib import Path
from typing import Final

import torch
from detectron2 import _C, model_zoo
from detectron2.config import CfgNode, get_cfg
from detectron2.modeling import build_model

from core.errors import AppError
from core.training.launch.devices import Device, cpu_title, usable_cores
from core.training.launch.ray_launcher import JOB_VARIABLE
from core.worker.model import efficientnet_lite as _efficientnet_lite  # noqa: F401  registers a backbone
from core.worker.model import narrow_resnet as _narrow_resnet  # noqa: F401  registers a backbone
from core.worker.model.cpu_roi_align import pool_by_rows
from core.worker.model.ignored_regions import honour_regions
from core.worker.model.norm_statistics import keep_stage_tensors
from core.worker.model.read_image import replace_in_detectron2

__all__ = [
    "CfgNode",
    "build",
    "device_name",
    "get_cfg",
    "has_compiled_operators",
    "log_to_stdout",
    "model_zoo",
    "use_all_cores",
    "zoo_config",
]

replace_in_detectron2()

_BATCH_NORMS: Final = ("BN", "SyncBN", "nnSyncBN", "naiveSyncBN", "naiveSyncBN_N")


def use_all_cores() -> None:
    """Lets torch use all cores that this process may use; a container often has fewer than torch counts."""
    torch.set_num_threads(usable_cores())


def log_to_stdout() -> None:
    """Sends all log messages to standard output, which the launcher appends to log.txt."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(form)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # It logs a line for each new mapper, so at every evaluation.
    logging.getLogger("detectron2.data.dataset_mapper").setLevel(logging.WARNING)


def device_name(device: Device, on_gpu: bool) -> str:
    """The device's name in a status, e.g. "CPU, 2 cores"."""
    place = f" on {socket.gethostname()}" if JOB_VARIABLE in os.environ else ""
    if on_gpu:
        return str(torch.cuda.get_device_name(0)) + place
    return f"{cpu_title(torch.get_num_threads())}{place}" + (" (torch finds no GPU)" if device.is_gpu else "")


def zoo_config(path: str) -> CfgNode:
    """The model zoo's configuration of this name, e.g. `COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml`."""
    if not Path(model_zoo.get_config_file(path)).is_file():
        raise AppError(f"Detectron2's model zoo has no {path}.", "Install Detectron2 again with `make setup`.")
    return model_zoo.get_config(path)


def has_compiled_operators() -> bool:
    """Whether this Detectron2 was built with its C++ operators; `make setup` builds it without."""
    return bool(getattr(_C, "COMPILED", True))


def build(cfg: CfgNode) -> torch.nn.Module:
    """The model of a configuration with random weights, on its device. It learns nothing in ignored regions.

    On the CPU its weights are channels-last, which saves 15 to 25 % of a step of the small model in single precision,
    and `core.worker.model.cpu_roi_align` pools the boxes.
    """
    model = build_model(cfg)
    honour_regions(model)
    if cfg.MODEL.RESNETS.NORM in _BATCH_NORMS:
        keep_stage_tensors(model)
    if cfg.MODEL.DEVICE == "cpu":
        pool_by_rows(model)
        model.to(memory_format=torch.channels_last)
    return model
