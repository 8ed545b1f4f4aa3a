"""The bundled weights for models without published weights.

tools/pretrain_starter.py pre-trained them on generated images; the JSON file beside them says how.
"""

from pathlib import Path
from typing import Final

from core.settings import REPOSITORY

_FOLDER: Final = REPOSITORY / "core" / "worker" / "starter"
# A cascade has the same backbone, and each of its stages takes the single head (core.worker.weights.cascade_stages).
_BODY_OF: Final = {"small_cascade": "small"}


def starter_file(model: str) -> Path | None:
    """The starter weights of a model of the catalogue; None if it has none."""
    path = _FOLDER / f"{_BODY_OF.get(model, model)}.pth"
    return path if path.is_file() else None
