"""The operators of these models for which torch has no Metal kernel (Apple's GPU): one JSON document. Needs no Mac.

    PYTHONPATH=. .venv/bin/python benchmarks/measuring/metal_operators.py [MODEL …]

A training step and a prediction run on the CPU, and every operator that is called is looked up in torch's own list of
operators, which says for which devices there is a kernel. torchvision's are not in it; they are named separately.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import core.worker  # noqa: F401  before detectron2, which cannot be imported without it

# isort: split
import torch
import torchgen
import yaml
from detectron2.solver import build_optimizer
from detectron2.structures import Boxes, Instances
from detectron2.utils.events import EventStorage
from torch.utils._python_dispatch import TorchDispatchMode

from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Weights
from core.worker.model.config import make_config
from core.worker.model.detectron import build_model

_MODELS = ("small_cascade", "lite_cascade", "faster_rcnn_R_50_FPN_3x", "retinanet_R_50_FPN_3x")
_EVERYWHERE = ("CompositeImplicitAutograd", "CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional")


class _Calls(TorchDispatchMode):
    """The operators that are called, and those that return double precision, which Metal lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.operators: set[str] = set()
        self.doubles: set[str] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        self.operators.add(str(function))
        leaves = torch.utils._pytree.tree_leaves(result)
        if any(isinstance(leaf, torch.Tensor) and leaf.dtype == torch.float64 for leaf in leaves):
            self.doubles.add(str(function))
        return result


def main(models: list[str]) -> dict[str, Any]:
    """For each model: how many operators there are, and which have no kernel for Metal."""
    kernels = _kernels()
    document: dict[str, Any] = {"torch": torch.__version__}
    for model in models:
        calls = _calls_of(model)
        own = {name for name in calls.operators if name.startswith("aten.")}
        document[model] = {
            "operators": len(own),
            "without_metal": sorted(name for name in own if not _has_metal(name, kernels)),
            "double_precision": sorted(calls.doubles),
            "of_torchvision": sorted(name for name in calls.operators if name.startswith("torchvision.")),
        }
    return document


def _calls_of(model: str) -> _Calls:
    changes = RecipeChanges(model=model, weights=Weights(kind="random"), input_sizes=(64,), mixed_precision=False)
    cfg = make_config(make_recipe(find_preset("quick"), 8, changes), ["a", "b"])
    # As on a GPU: `core.worker.model.detectron.build` would give it the CPU's own RoIAlign.
    net = build_model(cfg)
    objects = Instances((64, 64))
    objects.gt_boxes, objects.gt_classes = Boxes(torch.tensor([[5.0, 5.0, 40.0, 40.0]])), torch.tensor([1])
    batch = [{"image": torch.zeros(3, 64, 64, dtype=torch.uint8), "instances": objects, "height": 64, "width": 64}]
    optimizer = build_optimizer(cfg, net)
    with EventStorage(), _Calls() as calls:
        sum(net(batch).values()).backward()
        optimizer.step()
        net.eval()
        with torch.no_grad():
            net(batch)
    return calls


def _kernels() -> dict[str, dict[str, Any]]:
    """Operator, as torch prints it -> its entry in torch's list."""
    path = Path(torchgen.__file__).parent / "packaged/ATen/native/native_functions.yaml"
    entries = yaml.safe_load(path.read_text())
    return {_printed(entry["func"].split("(")[0]): entry for entry in entries}


def _printed(name: str) -> str:
    base, _, overload = name.partition(".")
    return f"aten.{base}.{overload or 'default'}"


def _has_metal(name: str, kernels: dict[str, dict[str, Any]]) -> bool:
    entry = kernels[name]
    if delegate := entry.get("structured_delegate"):
        return _has_metal(_printed(delegate), kernels)
    devices = [device.strip() for key in entry.get("dispatch", {}) for device in key.split(",")]
    return not devices or any("MPS" in device or device in _EVERYWHERE for device in devices)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(main(sys.argv[1:] or list(_MODELS)), indent=2))
