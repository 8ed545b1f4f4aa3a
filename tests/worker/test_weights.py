import collections
import io
import pickle
import urllib.error
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import AppError
from core.worker.config import make_config
from core.worker.detectron import build
from core.worker.weights import fetch_zoo_weights, load_weights, read_weights
from tests.makers.tiny_run import tiny_recipe


class _Mine:
    """Creates a file when it is unpickled by a loader that runs what it reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def _model(classes: list[str]) -> torch.nn.Module:
    return build(make_config(tiny_recipe(), classes))


def _saved(path: Path, model: torch.nn.Module, **more: Any) -> Path:
    torch.save({"model": model.state_dict(), **more}, path)
    return path


@pytest.mark.parametrize("name", ["model.pkl", "model.pth"])
def test_a_file_that_would_run_code_is_refused_without_running_it(name: str, tmp_path: Path) -> None:
    path, proof = tmp_path / name, tmp_path / "it ran"
    content = {"model": {"weight": np.zeros(3)}, "__author__": _Mine(proof)}
    if path.suffix == ".pkl":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path)
    with pytest.raises(AppError, match="no file of plain weights"):
        read_weights(path)
    assert not proof.exists()


def test_the_mine_of_these_tests_goes_off_in_a_plain_pickle(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(_Mine(tmp_path / "it ran")))  # noqa: S301
    assert (tmp_path / "it ran").exists()


@pytest.mark.parametrize("protocol", [2, 4])
def test_arrays_in_plain_containers_are_read_as_the_model_zoo_pickles_them(protocol: int, tmp_path: Path) -> None:
    arrays = collections.OrderedDict(
        weight=np.arange(6, dtype=np.float32).reshape(2, 3), count=np.int64(4) * np.ones(1)
    )
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"model": arrays, "__author__": "zoo"}, protocol))
    content = read_weights(path)
    np.testing.assert_array_equal(content["model"]["weight"], arrays["weight"])
    assert content["__author__"] == "zoo"


@pytest.mark.parametrize(
    "content", [b"", b"not a pickle at all", b"\x80\x04N.", pickle.dumps({"model": {"a": "text"}, "__author__": ""})]
)
def test_what_is_no_weights_file_is_said_with_a_way_out(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    with pytest.raises(AppError) as refused:
        read_weights(path)
    assert "random weights" in refused.value.remedy


def test_heads_of_another_class_count_start_at_random_and_everything_else_is_loaded(tmp_path: Path) -> None:
    theirs, mine = _model(["a", "b", "c"]), _model(["x", "y"])
    before = mine.state_dict()["roi_heads.box_predictor.cls_score.weight"].clone()
    report = load_weights(mine, _saved(tmp_path / "m.pth", theirs), ["x", "y"])
    assert report.reinitialised == [
        f"roi_heads.box_predictor.{part}"
        for part in ("bbox_pred.bias", "bbox_pred.weight", "cls_score.bias", "cls_score.weight")
    ]
    assert set(report.loaded) == set(mine.state_dict()) - set(report.reinitialised)
    assert (report.missing, report.ignored) == ([], [])
    torch.testing.assert_close(
        mine.state_dict()["backbone.fpn_output2.weight"], theirs.state_dict()["backbone.fpn_output2.weight"]
    )
    torch.testing.assert_close(mine.state_dict()["roi_heads.box_predictor.cls_score.weight"], before)


@pytest.mark.parametrize(("classes", "fresh"), [(["a", "b"], 0), (["b", "a"], 4)], ids=["the same", "another order"])
def test_heads_are_kept_only_for_the_same_classes_in_the_same_order(
    classes: list[str], fresh: int, tmp_path: Path
) -> None:
    path = _saved(tmp_path / "m.pth", _model(["a", "b"]), classes=["a", "b"])
    assert len(load_weights(_model(classes), path, classes).reinitialised) == fresh


def test_tensors_that_only_one_side_knows_are_named(tmp_path: Path) -> None:
    model = _model(["a"])
    tensors = dict(model.state_dict())
    tensors["somewhere.else"] = torch.zeros(2)
    del tensors["backbone.fpn_output2.weight"]
    torch.save(tensors, tmp_path / "m.pth")
    report = load_weights(model, tmp_path / "m.pth", ["a"])
    assert (report.missing, report.ignored) == (["backbone.fpn_output2.weight"], ["somewhere.else"])


def test_the_weights_of_another_kind_of_model_are_refused(tmp_path: Path) -> None:
    torch.save({"model": {"layer.weight": torch.zeros(2)}}, tmp_path / "m.pth")
    with pytest.raises(AppError, match=r"No tensor of m\.pth fits"):
        load_weights(_model(["a"]), tmp_path / "m.pth", ["a"])


def test_an_unreachable_model_zoo_is_said_with_the_other_ways_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(AppError, match="cannot be downloaded: Name or service not known") as refused:
        fetch_zoo_weights("faster_rcnn_R_50_FPN_3x", tmp_path)
    assert "random weights" in refused.value.remedy


class _Answer(io.BytesIO):
    """What the host sends; `length` is what it promised."""

    def __init__(self, content: bytes, length: int) -> None:
        super().__init__(content)
        self.headers = {"Content-Length": str(length)}


def test_a_download_is_kept_once_and_never_in_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: _Answer(b"half", 8))
    with pytest.raises(AppError, match="cannot be downloaded"):
        fetch_zoo_weights("faster_rcnn_R_50_FPN_3x", tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: _Answer(b"complete", 8))
    path = fetch_zoo_weights("faster_rcnn_R_50_FPN_3x", tmp_path)
    monkeypatch.delattr("urllib.request.urlopen")
    assert fetch_zoo_weights("faster_rcnn_R_50_FPN_3x", tmp_path).read_bytes() == path.read_bytes() == b"complete"
