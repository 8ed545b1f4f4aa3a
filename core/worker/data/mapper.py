"""Applies a mapper to a record. An error names the image that cannot be read."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from detectron2.data.detection_utils import SizeMismatchError
from PIL import Image

from core.training.failures.diagnosis import exception_text

# Errors of a missing or broken image. Others, such as too many open files, are not the image's fault.
_OF_THE_FILE: Final = (None, errno.ENOENT, errno.EIO, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ESTALE)


class ImageError(Exception):
    """An image of the data set cannot be read. The text names it first: `7.png: OSError: image file is truncated`."""


def mapped(mapper: Callable[[dict[str, Any]], dict[str, Any]], record: dict[str, Any]) -> dict[str, Any]:
    """The record as the model takes it. Raises ImageError if its image cannot be read."""
    try:
        return mapper(record)
    except OSError as error:
        if error.errno not in _OF_THE_FILE:
            raise
        raise _named(record, error) from error
    # Pillow raises SyntaxError for a broken PNG.
    except (SyntaxError, SizeMismatchError, Image.DecompressionBombError) as error:
        raise _named(record, error) from error


def _named(record: dict[str, Any], error: Exception) -> ImageError:
    # One line, because a data loader passes on only the text, and its last line is shown.
    return ImageError(f"{Path(record['file_name']).name}: {' '.join(exception_text(error).split())}")
