"""Writes what torch says of the device and its versions: `python -m gpu_checks.torch_facts OUT.json`."""

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

_PACKAGES = ("torchvision", "detectron2", "numpy", "pandas", "pyarrow", "pillow", "hotcoco")


def facts() -> dict[str, Any]:
    """Python, torch, packages and, if torch sees one, the first GPU."""
    document: dict[str, Any] = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "packages": {name: _version(name) for name in _PACKAGES},
        "gpu": None,
    }
    if torch.cuda.is_available():
        free, whole = torch.cuda.mem_get_info()
        major, minor = torch.cuda.get_device_capability()
        document["gpu"] = {
            "name": torch.cuda.get_device_name(0),
            "count": torch.cuda.device_count(),
            "memory_mib": whole // 2**20,
            "free_mib": free // 2**20,
            "capability": f"{major}.{minor}",
            "cudnn": torch.backends.cudnn.version(),
            "load": _load(),
        }
    return document


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _load() -> float | None:
    """The load as the run page gets it."""
    from core.worker.engine.resources import Machine

    return Machine(Path.cwd()).sample().get("gpu")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(facts()))
