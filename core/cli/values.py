"""Parses values of options: pairs, lists, YAML scalars."""

from collections.abc import Sequence
from typing import Any

from core.errors import AppError
from core.yaml_files import YamlError, read_yaml


def pairs(texts: Sequence[str], option: str, form: str, at_last: bool = False) -> dict[str, str]:
    """The parts round the first (or last) `=` of each text; of one name the last counts. Raises as `pair_list`."""
    return dict(pair_list(texts, option, form, at_last))


def pair_list(texts: Sequence[str], option: str, form: str, at_last: bool = False) -> tuple[tuple[str, str], ...]:
    """The parts before and after the first (or last) `=` of each text. Raises AppError for a text without one."""
    parted = [text.rpartition("=") if at_last else text.partition("=") for text in texts]
    for text, (left, equals, _) in zip(texts, parted, strict=True):
        if not equals or not left.strip():
            raise AppError(f"{option} {text!r} is not {form}.", f"Write it as {option} {form}.")
    return tuple((left.strip(), right.strip()) for left, _, right in parted)


def yaml_value(text: str) -> Any:
    """The YAML value of a text; the text unchanged if it is no YAML."""
    try:
        return read_yaml(text)
    except YamlError:
        return text


def whole_numbers(text: str, option: str) -> tuple[int, ...] | None:
    """Numbers separated by commas; None for "". Raises AppError for anything else."""
    try:
        return tuple(int(part) for part in text.split(",")) if text else None
    except ValueError:
        raise AppError(f"{option} {text!r} is no list of whole numbers.", f"Write e.g. {option} 480,640.") from None


def names_of(text: str) -> tuple[str, ...] | None:
    """Names separated by commas; None for ""."""
    return tuple(name.strip() for name in text.split(",")) if text else None
