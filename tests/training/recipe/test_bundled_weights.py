import hashlib

import pytest

from core.training.recipe.bundled_weights import IMAGENET_ORIGIN, imagenet_file, starter_file
from core.training.recipe.model_catalogue import MODELS


def test_the_package_of_the_imagenet_weights_is_there_without_being_imported() -> None:
    path = imagenet_file()
    assert path is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == IMAGENET_ORIGIN.sha256


def test_a_missing_package_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.recipe.bundled_weights._IMAGENET_PACKAGE", "no_such_package_of_weights")
    assert imagenet_file() is None


def test_a_cascade_shares_the_starter_weights_of_the_plain_model() -> None:
    assert starter_file("lite_cascade") == starter_file("lite")
    assert starter_file("small_cascade") == starter_file("small")
    assert {model.key for model in MODELS if starter_file(model.key)} == {
        "small",
        "small_cascade",
        "lite",
        "lite_cascade",
    }
