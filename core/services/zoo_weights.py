"""Published weights brought by hand: which file goes where, and whether the file that is there is whole.

For a machine without a network. Nothing is downloaded or changed here; a run downloads what is missing if it can
(core.worker.weights.model_zoo).
"""

import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from core.errors import AppError, NotFoundError, RecipeError
from core.files import check_regular
from core.settings import Settings
from core.training.recipe.model_catalogue import MODELS, Model, find_model
from core.training.recipe.zoo_files import ZOO_LICENSE, ZooFile, ends_whole, note_of, noted_sha256, zoo_file
from core.workspace.layout import Layout

_BLOCK: Final = 2**22
# The frame of a pickle: names, types and shapes of a few hundred tensors.
_FRAME: Final = 1.001
_AGAIN: Final = "Copy it again."


class State(StrEnum):
    """What is known about a file in the workspace."""

    MISSING = "missing"
    THERE = "there"  # of the right size; its content was not checked
    WHOLE = "whole"  # it has the hash that it should have
    DOUBTFUL = "doubtful"  # nothing is wrong with its form, but no hash confirms it
    BROKEN = "broken"  # it is incomplete, or another file


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """A file of the model zoo and its place in the workspace.

    `bytes` is None and `sha256` "" where they are not known; `about_bytes` is always known. `words` say in a sentence
    or two what `state` rests on.
    """

    models: tuple[str, ...]  # keys of the models that start from it
    titles: tuple[str, ...]
    address: str
    file: str  # its path in the workspace
    bytes: int | None
    about_bytes: int
    sha256: str
    md5_starts: str
    license: str
    state: State
    words: str

    def to_json(self) -> dict[str, Any]:
        """One entry of `weights` (docs/cli.md)."""
        return {**asdict(self), "models": list(self.models), "titles": list(self.titles), "state": self.state.value}


def weights_files(settings: Settings) -> list[WeightsFile]:
    """All files of the zoo that models start from, without a look into them."""
    return [_placed(settings, model, check=False) for model in _one_each()]


def check_weights(settings: Settings, ref: str) -> WeightsFile:
    """A model's file, read whole and checked. Raises RecipeError for a model without published weights."""
    model = find_model(ref)
    if not model.has_zoo_weights:
        raise RecipeError(f"{model.title} has no published weights.", "`python -m core weights` lists those that have.")
    return _placed(settings, model, check=True)


def weights_place(settings: Settings, model: Model) -> Path:
    """The path of a model's published weights in the workspace."""
    return Layout(settings.workspace).weights.resolve() / model.cached_weights


def _one_each() -> list[Model]:
    """A model for each file; the two forms of a jitter model share one."""
    return list({model.weights: model for model in reversed(MODELS) if model.has_zoo_weights}.values())[::-1]


def _placed(settings: Settings, model: Model, *, check: bool) -> WeightsFile:
    published, path = zoo_file(model), weights_place(settings, model)
    state, words = _state(path, published, check)
    users = [other for other in MODELS if other.weights == model.weights]
    return WeightsFile(
        models=tuple(other.key for other in users),
        titles=tuple(other.title for other in users),
        address=settings.zoo + published.path,
        file=str(path),
        bytes=published.bytes,
        about_bytes=published.bytes or published.tensor_bytes,
        sha256=published.sha256,
        md5_starts=published.md5_starts,
        license=ZOO_LICENSE,
        state=state,
        words=words,
    )


def _state(path: Path, published: ZooFile, check: bool) -> tuple[State, str]:
    try:
        size = check_regular(path, "")
    except NotFoundError:
        return State.MISSING, "A run would download it, which needs a network."
    except AppError as error:
        return State.BROKEN, error.message
    if size < published.tensor_bytes or (published.bytes and size < published.bytes):
        return State.BROKEN, f"It is incomplete: {size:,} bytes of {_at_least(published)}. {_AGAIN}"
    if not ends_whole(path):
        return State.BROKEN, f"It is incomplete: it does not end as a file of the zoo does. {_AGAIN}"
    if not check:
        return State.THERE, f"It is there, with {size:,} bytes."
    return _checked(path, size, published)


def _checked(path: Path, size: int, published: ZooFile) -> tuple[State, str]:
    sha256, md5 = _hashes(path)
    noted = noted_sha256(path)
    if noted and noted != sha256:
        both = f"Delete it and {note_of(path).name}, then copy it again."
        return State.BROKEN, f"It has changed since it was first used. {both}"
    if published.sha256:
        if sha256 == published.sha256:
            return State.WHOLE, "Its sha256 is the known one."
        return State.BROKEN, f"It is another file: its sha256 begins with {sha256[:8]}. {_AGAIN}"
    if md5.startswith(published.md5_starts):
        return State.WHOLE, f"Its md5 begins with {published.md5_starts}, as its name says."
    doubt = f"Its md5 begins with {md5[:6]}, but by its name with {published.md5_starts}"
    too_long = " It is larger than its tensors." if size > published.tensor_bytes * _FRAME else ""
    return State.DOUBTFUL, f"{doubt}; no other hash is known.{too_long} Compare it with another copy if you can."


def _at_least(published: ZooFile) -> str:
    return f"{published.bytes:,}" if published.bytes else f"at least {published.tensor_bytes:,}"


def _hashes(path: Path) -> tuple[str, str]:
    """The sha256 and the md5 of a file."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            sha256.update(block)
            md5.update(block)
    return sha256.hexdigest(), md5.hexdigest()
