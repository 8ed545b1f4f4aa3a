from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from core.errors import AppError
from core.training.recipe.bundled_weights import IMAGENET_ORIGIN, imagenet_file
from core.training.recipe.recipe import Weights
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from core.worker.weights.imagenet import read_imagenet_weights
from core.worker.weights.load import load_start_weights
from tests.factories.workers.tiny_run import bare_job, tiny_recipe

_FINDER = "core.worker.weights.imagenet.imagenet_file"


def _changed_copy(folder: Path) -> Path:
    """The package's file with one byte changed."""
    there = imagenet_file()
    assert there is not None
    content = bytearray(there.read_bytes())
    content[len(content) // 2] ^= 1
    path = folder / there.name
    path.write_bytes(content)
    return path


def test_the_backbone_is_read_without_the_classifier() -> None:
    tensors = read_imagenet_weights()["model"]
    assert len([name for name in tensors if name.endswith("conv.weight") or "_conv_stem" in name]) == 1 + 16 * 3 - 1
    assert all(name.startswith("backbone.bottom_up._") for name in tensors)
    assert not any("_fc" in name or "_conv_head" in name for name in tensors)


def test_a_file_that_was_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_FINDER, lambda: _changed_copy(tmp_path))
    with pytest.raises(AppError, match="its hash differs") as refused:
        read_imagenet_weights()
    assert "make setup" in refused.value.remedy


def test_a_missing_package_is_said_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_FINDER, lambda: None)
    with pytest.raises(AppError, match="not installed") as refused:
        read_imagenet_weights()
    assert "make setup" in refused.value.remedy


def test_a_run_starts_from_them_and_says_whose_they_are(tmp_path: Path) -> None:
    recipe = tiny_recipe(model="lite_cascade", weights=Weights(kind="imagenet"), frozen_stages=1)
    model = build(make_config(recipe, ["one"]))
    report = load_start_weights(model, recipe, bare_job(tmp_path, classes=("one",)))
    theirs = read_imagenet_weights()["model"]
    mine = model.state_dict()
    assert set(report.loaded) == set(theirs)
    assert all(torch.equal(mine[name], tensor) for name, tensor in theirs.items())
    assert report.as_dict()["origins"] == [asdict(IMAGENET_ORIGIN)]
    assert "Apache-2.0" in IMAGENET_ORIGIN.license
