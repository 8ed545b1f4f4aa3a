"""Reads the tensors of a weights file without running code from it.

A weights file may come from anywhere. torch's weights-only loader reads .pth files. An unpickler that allows only numpy
arrays and plain containers reads .pkl files, the model zoo's.
"""

import _codecs
import collections
import pickle
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy._core.multiarray
import torch

from core.errors import AppError, NotFoundError
from core.files import check_regular
from core.settings import Limits
from core.worker.weights.model_zoo import OTHER_WEIGHTS

# Everything that a pickle of arrays needs, under the names of numpy 1 and 2.
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
# What Detectron2's checkpoints hold besides tensors: values of hooks, as numpy scalars.
_NUMBERS: Final[list[Any]] = [
    np.dtype,
    *(type(np.dtype(kind)) for kind in ("float32", "float64", "int32", "int64", "bool")),
    *((numpy._core.multiarray.scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
]
# What the two loaders raise for truncated or hostile files.
_BROKEN: Final = (
    pickle.UnpicklingError, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError,
    ArithmeticError, AssertionError, MemoryError,
)  # fmt: skip


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no array")
        return _ALLOWED[module, name]


def read_weights(path: Path) -> dict[str, Any]:
    """The file's content with its tensors under `model`, as Detectron2's checkpointer takes it.

    Tensors of half precision become float32. Raises AppError for a file that is missing, too large, not a regular file,
    or holds no weights.
    """
    try:
        size = check_regular(path, OTHER_WEIGHTS)
        if size > Limits().weights_bytes:
            raise AppError(f"{path.name} has {size / 1e6:,.0f} MB, which is too much for weights.", OTHER_WEIGHTS)
        content = _read(path)
    except (NotFoundError, FileNotFoundError) as error:
        raise AppError(f"There is no weights file {path.name}.", OTHER_WEIGHTS) from error
    except OSError as error:
        raise AppError(f"{path.name} cannot be read: {error.strerror or error}.", OTHER_WEIGHTS) from error
    except _BROKEN as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AppError(f"{path.name} is no file of plain weights: {cause}.", OTHER_WEIGHTS) from error
    if not isinstance(content, dict) or not content:
        raise AppError(f"{path.name} holds no named tensors.", OTHER_WEIGHTS)
    return _as_checkpoint(content, path)


def read_arrays(handle: IO[bytes]) -> Any:
    """Reads a pickle of numpy arrays and plain containers. Raises pickle.UnpicklingError for anything else."""
    return _Unpickler(handle, encoding="latin1").load()


def _read(path: Path) -> Any:
    if path.suffix == ".pkl":
        with path.open("rb") as handle:
            return read_arrays(handle)
    with torch.serialization.safe_globals(_NUMBERS):
        return torch.load(path, map_location="cpu", weights_only=True)


def _as_checkpoint(content: dict[str, Any], path: Path) -> dict[str, Any]:
    if path.suffix == ".pkl" and not ("model" in content and "__author__" in content):
        # A Caffe2 or Detectron1 file: Detectron2 matches its names by their endings.
        blobs = content.get("blobs", content)
        if not isinstance(blobs, dict):
            raise AppError(f"{path.name} holds no named tensors.", OTHER_WEIGHTS)
        arrays = {name: value for name, value in blobs.items() if not str(name).endswith("_momentum")}
        content = {"model": arrays, "__author__": "Caffe2", "matching_heuristics": True}
    if "model" not in content:
        content = {"model": content}
    tensors = content["model"]
    if not isinstance(tensors, dict) or not all(isinstance(name, str) for name in tensors):
        raise AppError(f"{path.name} holds no named tensors.", OTHER_WEIGHTS)
    return {**content, "model": {name: _as_tensor(value, name, path) for name, value in tensors.items()}}


def _as_tensor(value: Any, name: str, path: Path) -> torch.Tensor:
    """The value as a tensor of the same shape; half precision becomes float32."""
    # A single number, as a count of batches, may have been written as numpy's scalar.
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiub":
        value = torch.from_numpy(np.array(value, dtype=value.dtype.newbyteorder("=")))
    if not isinstance(value, torch.Tensor) or value.layout != torch.strided or value.is_complex():
        raise AppError(f"{path.name} holds other things than tensors: {name[:80]}.", OTHER_WEIGHTS)
    return value.float() if value.dtype in (torch.float16, torch.bfloat16) else value
