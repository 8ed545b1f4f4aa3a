"""Weights that come with this repository, for models that no zoo has weights for.

They were pre-trained on generated images by tools/pretrain_starter.py; the JSON file beside them says how.
"""

from pathlib import Path
from typing import Final

from core.settings import REPOSITORY

_FOLDER: Final = REPOSITORY / "core" / "worker" / "starter"
# A cascade has the same body, and takes the one head in each of its stages (core.worker.weights.cascade_stages).
_BODY_OF: Final = {"small_cascade": "small"}


def starter_file(model: str) -> Path | None:
    """The starter weights of a model of the catalogue; None where it has none."""
    path = _FOLDER / f"{_BODY_OF.get(model, model)}.pth"
    return path if path.is_file() else None
