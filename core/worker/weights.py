"""Where training starts: weights from the model zoo, a file or an earlier run, read without running what is in them.

Imported by core.worker only. A weights file may come from anywhere: .pth files are read by torch's weights-only loader,
.pkl files (the model zoo's) by an unpickler that knows numpy arrays and plain containers and nothing else.
"""

import _codecs
import collections
import http.client
import logging
import pickle
import shutil
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy._core.multiarray
import torch
from detectron2.checkpoint import DetectionCheckpointer
from detectron2.data.datasets.builtin_meta import COCO_CATEGORIES

from core.errors import AppError
from core.files import atomic_writer
from core.training.catalogue import find_model
from core.training.job import Job
from core.training.recipe import Recipe

_LOG = logging.getLogger(__name__)
_ZOO_HOST: Final = "https://dl.fbaipublicfiles.com/detectron2/"
_TIMEOUT_S: Final = 20.0
_OTHERS: Final = "Start from an own weights file, from an earlier run, or from random weights."

# All that a pickle of arrays needs, under the names of numpy 1 and 2.
_ALLOWED: Final[dict[tuple[str, str], Any]] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("_codecs", "encode"): _codecs.encode,
    **{
        (f"numpy.{core}.multiarray", name): getattr(numpy._core.multiarray, name)
        for core in ("core", "_core")
        for name in ("_reconstruct", "scalar")
    },
}
# Tensors whose rows belong to classes, in all models of the catalogue.
_CLASS_PARTS: Final = (".cls_score.", ".bbox_pred.", "mask_head.predictor.")


@dataclass(slots=True)
class LoadReport:
    """What became of each tensor. `reinitialised`: in the file, but of other classes or shape, so started at random."""

    source: str
    loaded: list[str] = field(default_factory=list)
    reinitialised: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # in the model only
    ignored: list[str] = field(default_factory=list)  # in the file only

    def as_dict(self) -> dict[str, Any]:
        """The content of weights.json."""
        return asdict(self)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no array")
        return _ALLOWED[module, name]


class _Checkpointer(DetectionCheckpointer):
    """Detectron2's loading by name and shape, with what it reports kept instead of logged."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__(model, save_to_disk=False)
        self.incompatible: Any = None

    def load_from(self, content: dict[str, Any]) -> None:
        """Load what `read_weights` returned."""
        self.incompatible = self._load_model(content)


def load_start_weights(model: torch.nn.Module, recipe: Recipe, job: Job) -> LoadReport:
    """Load the recipe's weights into the model and say what became of each tensor.

    Raises AppError for a file that is missing or no weights, and where the zoo's host cannot be reached.
    """
    kind = recipe.weights.kind
    if kind == "random":
        return LoadReport("random", missing=sorted(model.state_dict()))
    if kind == "zoo":
        return load_weights(model, fetch_zoo_weights(recipe.model, job.weights_cache), list(job.classes), _coco())
    if job.weights_file is None:
        raise AppError(f"The weights of {kind} {recipe.weights.value!r} are not there.", _OTHERS)
    return load_weights(model, job.weights_file, list(job.classes))


def load_weights(
    model: torch.nn.Module, path: Path, classes: list[str], of_classes: list[str] | None = None
) -> LoadReport:
    """Load a file's tensors by name where the shape fits.

    Args: classes, those of the model; of_classes, those of the file where it does not name them itself. Where they
    differ, the tensors that belong to classes start at random even if their number is the same.
    """
    content = read_weights(path)
    tensors = content["model"]
    of_classes = content.get("classes") or of_classes
    foreign = [] if of_classes is None or list(of_classes) == classes else _of_classes(tensors)
    for name in foreign:
        del tensors[name]
    checkpointer = _Checkpointer(model)
    checkpointer.load_from(content)
    return _report(path, model, checkpointer.incompatible, foreign)


def read_weights(path: Path) -> dict[str, Any]:
    """The file's content with its tensors under `model`, as Detectron2's checkpointer takes it. Raises AppError."""
    try:
        if path.suffix == ".pkl":
            with path.open("rb") as handle:
                content = read_arrays(handle)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise AppError(f"There is no weights file {path.name}.", _OTHERS) from error
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AppError(f"{path.name} is no file of plain weights: {cause}.", _OTHERS) from error
    if not isinstance(content, dict) or not content:
        raise AppError(f"{path.name} holds no named tensors.", _OTHERS)
    return _as_checkpoint(content, path)


def read_arrays(handle: IO[bytes]) -> Any:
    """A pickle of numpy arrays and plain containers. Raises pickle.UnpicklingError for anything else, unrun."""
    return _Unpickler(handle, encoding="latin1").load()


def fetch_zoo_weights(model: str, cache: Path) -> Path:
    """The model zoo's COCO weights of a catalogue model, downloaded once. Raises AppError where that is impossible."""
    entry = find_model(model)
    if not entry.weights:
        raise AppError(f"{entry.title} has no published weights.", _OTHERS)
    target = cache / entry.weights.replace("/", "_")
    if target.is_file():
        return target
    _LOG.info("Downloading %s", _ZOO_HOST + entry.weights)
    try:
        with (
            urllib.request.urlopen(_ZOO_HOST + entry.weights, timeout=_TIMEOUT_S) as answer,
            atomic_writer(target) as out,
        ):
            shutil.copyfileobj(answer, out, 2**20)
            expected = answer.headers.get("Content-Length")
            if expected is not None and out.tell() != int(expected):
                raise http.client.IncompleteRead(b"", int(expected) - out.tell())
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise AppError(f"The model zoo's weights cannot be downloaded: {_cause(error)}.", _OTHERS) from error
    return target


def _cause(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error).strip() or type(error).__name__


def _as_checkpoint(content: dict[str, Any], path: Path) -> dict[str, Any]:
    if path.suffix == ".pkl" and not ("model" in content and "__author__" in content):
        # A Caffe2 or Detectron1 file: Detectron2 matches its names by their endings.
        blobs = content.get("blobs", content)
        arrays = {name: value for name, value in blobs.items() if not name.endswith("_momentum")}
        content = {"model": arrays, "__author__": "Caffe2", "matching_heuristics": True}
    if "model" not in content:
        content = {"model": content}
    tensors = content["model"]
    if not isinstance(tensors, dict) or not all(isinstance(v, np.ndarray | torch.Tensor) for v in tensors.values()):
        raise AppError(f"{path.name} holds other things than tensors.", _OTHERS)
    return {**content, "model": dict(tensors)}


def _of_classes(tensors: dict[str, Any]) -> list[str]:
    return sorted(name for name in tensors if any(part in f".{name}" for part in _CLASS_PARTS))


def _report(path: Path, model: torch.nn.Module, incompatible: Any, foreign: list[str]) -> LoadReport:
    resized = [name for name, _, _ in incompatible.incorrect_shapes]
    missing = set(incompatible.missing_keys) - set(resized) - set(foreign)
    loaded = set(model.state_dict()) - set(incompatible.missing_keys)
    if not loaded:
        raise AppError(f"No tensor of {path.name} fits the model.", "Choose the weights of the same kind of model.")
    return LoadReport(
        path.name,
        loaded=sorted(loaded),
        reinitialised=sorted({*resized, *foreign}),
        missing=sorted(missing),
        ignored=sorted(incompatible.unexpected_keys),
    )


def _coco() -> list[str]:
    return [str(category["name"]) for category in COCO_CATEGORIES if category["isthing"]]
