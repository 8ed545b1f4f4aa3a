"""An image that cannot be read, from the mapper to the reason that a user reads."""

from typing import Any

import pytest

from core.training.failures.diagnosis import diagnose
from core.worker.data.mapper import ImageError, mapped


def _truncated(_record: dict[str, Any]) -> dict[str, Any]:
    raise OSError("image file is truncated")


def test_the_diagnosis_names_the_image_that_cannot_be_read() -> None:
    with pytest.raises(ImageError) as caught:
        mapped(_truncated, {"file_name": "/data/images/7.png"})
    diagnosis = diagnose(caught.value)
    assert (diagnosis.key, diagnosis.cause[:12]) == ("image", "Image 7.png ")
