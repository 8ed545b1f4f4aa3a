"""The ImageNet weights of EfficientNet-Lite0, from their package."""

import hashlib
from pathlib import Path
from typing import Any, Final

from core.errors import AppError
from core.training.recipe.bundled_weights import IMAGENET_ORIGIN, imagenet_file
from core.worker.weights.reader import read_weights

_PREFIX: Final = "backbone.bottom_up."
_CLASSIFIER: Final = ("_conv_head.", "_bn1.", "_fc.")
_REMEDY: Final = "Set up again with `make setup`, or start from random weights."


def read_imagenet_weights() -> dict[str, Any]:
    """The content of the file, as `read_weights` returns it, under the names of a detector's backbone.

    Raises AppError if the package is missing or its file is not the known one.
    """
    path = imagenet_file()
    if path is None:
        raise AppError("The ImageNet weights are not installed.", _REMEDY)
    if _sha256(path) != IMAGENET_ORIGIN.sha256:
        raise AppError(f"{path.name} is not the file that it should be: its hash differs.", _REMEDY)
    tensors = read_weights(path)["model"]
    return {
        "model": {f"{_PREFIX}{name}": tensor for name, tensor in tensors.items() if not name.startswith(_CLASSIFIER)}
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
