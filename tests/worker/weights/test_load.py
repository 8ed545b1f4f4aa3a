import collections
import hashlib
import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from detectron2.data.datasets.builtin_meta import COCO_CATEGORIES

from core.errors import AppError
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import find_model
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Weights
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from core.worker.weights.checkpoint_reading import read_or_set_aside
from core.worker.weights.class_heads import fit_classes
from core.worker.weights.initial_weights import build_for
from core.worker.weights.load import LoadReport, load_start_weights, load_weights
from core.worker.weights.reader import read_weights
from tests.factories.app.zoo import Mine, pickled, serve_zoo
from tests.factories.workers.tiny_run import bare_job, tiny_recipe


def _model(classes: list[str]) -> torch.nn.Module:
    return build(make_config(tiny_recipe(), classes))


def _row(report: LoadReport, group: str) -> dict[str, Any]:
    return next(row for row in report.groups if row["group"] == group)


def _saved(path: Path, model: torch.nn.Module, **more: Any) -> Path:
    torch.save({"model": model.state_dict(), **more}, path)
    return path


@pytest.mark.parametrize("name", ["model.pkl", "model.pth"])
def test_a_file_that_would_run_code_is_refused_without_running_it(name: str, tmp_path: Path) -> None:
    path, proof = tmp_path / name, tmp_path / "it ran"
    content = {"model": {"weight": np.zeros(3)}, "__author__": Mine(proof)}
    if path.suffix == ".pkl":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path)
    with pytest.raises(AppError, match="no file of plain weights"):
        read_weights(path)
    assert not proof.exists()


def test_the_mine_of_these_tests_goes_off_in_a_plain_pickle(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Mine(tmp_path / "it ran")))  # noqa: S301
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


def test_heads_of_the_same_classes_are_loaded_and_of_none_in_common_start_at_random(tmp_path: Path) -> None:
    path = _saved(tmp_path / "m.pth", _model(["a", "b"]), classes=["a", "b"])
    same, strange = load_weights(_model(["a", "b"]), path, ["a", "b"]), load_weights(_model(["x", "y"]), path, "xy")
    assert (same.resized, same.reinitialised) == ([], [])
    assert len(strange.reinitialised) == 4
    assert _row(strange, "class predictor")["note"] == "none of the file's 2 classes is one of yours"


def test_the_rows_of_classes_that_both_know_are_taken_over_by_name(tmp_path: Path) -> None:
    theirs, mine = _model(["dog", "person", "car"]), _model(["Car ", "tree", "person"])
    path = _saved(tmp_path / "m.pth", theirs, classes=["dog", "person", "car"])
    before = {name: value.clone() for name, value in mine.state_dict().items()}
    report = load_weights(mine, path, ["Car ", "tree", "person"])
    old, new = theirs.state_dict(), mine.state_dict()
    scores, boxes = (f"roi_heads.box_predictor.{part}.weight" for part in ("cls_score", "bbox_pred"))
    torch.testing.assert_close(new[scores][[0, 2, 3]], old[scores][[2, 1, 3]])  # car, person and background
    torch.testing.assert_close(new[boxes].view(3, 4, -1)[[0, 2]], old[boxes].view(3, 4, -1)[[2, 1]])
    torch.testing.assert_close(new[scores][1], before[scores][1])
    assert report.reinitialised == []
    assert len(report.resized) == 4
    assert _row(report, "class predictor")["note"] == "2 of the file's 3 classes taken over: Car , person"


def test_the_rows_of_a_dense_head_are_taken_over_for_each_anchor() -> None:
    def head(classes: int) -> dict[str, torch.Tensor]:
        shapes = {"head.cls_score.weight": (2 * classes, 5, 3, 3), "head.bbox_pred.weight": (8, 5, 3, 3)}
        made = {name: torch.rand(shape) for name, shape in shapes.items()}
        return {name: value.to(memory_format=torch.channels_last) for name, value in made.items()}

    theirs, mine = head(3), head(2)
    kept = {name: value.clone() for name, value in theirs.items()}
    fitted = fit_classes(theirs, mine, ["a", "b", "c"], ["c", "x"])
    name = "head.cls_score.weight"
    assert (fitted.resized, fitted.foreign, fitted.shared) == ([name], [], ["c"])
    torch.testing.assert_close(theirs[name][[0, 2]], kept[name][[2, 5]])
    torch.testing.assert_close(theirs[name][[1, 3]], mine[name][[1, 3]])
    torch.testing.assert_close(theirs["head.bbox_pred.weight"], kept["head.bbox_pred.weight"])


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


def test_what_happened_is_told_by_the_parts_of_the_model_and_every_tensor_is_counted(tmp_path: Path) -> None:
    theirs, mine = _model(["a", "b", "c"]), _model(["x", "y"])
    tensors = {name: value for name, value in theirs.state_dict().items() if not name.startswith("proposal_generator")}
    torch.save({"model": {**tensors, "roi_heads.mask_head.deconv.bias": torch.zeros(3)}}, tmp_path / "m.pth")
    report = load_weights(mine, tmp_path / "m.pth", ["x", "y"])
    parts = ["backbone stem", *(f"backbone res{stage}" for stage in (2, 3, 4, 5)), "FPN", "RPN", "box head"]
    assert [row["group"] for row in report.groups] == [*parts, "class predictor", "box regressor", "mask head"]
    assert _row(report, "class predictor")["note"] in (
        "(4, 32) in the file, (3, 32) here",
        "(4,) in the file, (3,) here",
    )
    assert _row(report, "RPN")["missing"] == 6
    assert _row(report, "mask head")["ignored"] == 1
    counted = [sum(row[fate] for row in report.groups) for fate in ("loaded", "reinitialised", "missing")]
    assert counted == [len(report.loaded), len(report.reinitialised), len(report.missing)]
    assert sum(counted) == len(mine.state_dict())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_single_precision(dtype: torch.dtype, tmp_path: Path) -> None:
    torch.save({"model": {"weight": torch.tensor([0.5, 2.0], dtype=dtype)}}, tmp_path / "m.pth")
    (read,) = read_weights(tmp_path / "m.pth")["model"].values()
    torch.testing.assert_close(read, torch.tensor([0.5, 2.0]))


def test_a_checkpoint_of_detectron2_with_figures_of_numpy_beside_its_tensors_is_read(tmp_path: Path) -> None:
    content = {"model": {"weight": torch.ones(2)}, "trainer": {"best": np.float64(0.5), "at": np.int64(7)}}
    torch.save(content, tmp_path / "m.pth")
    assert read_weights(tmp_path / "m.pth")["trainer"] == {"best": 0.5, "at": 7}


def test_a_file_larger_than_weights_can_be_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "m.pth").open("wb") as handle:
        handle.truncate(5 * 2**30)
    with pytest.raises(AppError, match="too much for weights"):
        read_weights(tmp_path / "m.pth")


def test_weights_of_the_zoo_reach_the_model_under_its_own_names_and_coco_classes(tmp_path: Path) -> None:
    """A file as the zoo has it, of the real R50, served on loopback; the model is not built twice."""
    recipe = replace(tiny_recipe(), model="faster_rcnn_R_50_FPN_3x", weights=Weights(kind="zoo"), overrides={})
    model = build(make_config(recipe, ["person", "crane"]))
    random = np.random.default_rng(0)
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    heads = {"cls_score.weight": (81, 1024), "cls_score.bias": (81,), "bbox_pred.weight": (320, 1024)}
    heads["bbox_pred.bias"] = (320,)
    shapes |= {f"roi_heads.box_predictor.{name}": shape for name, shape in heads.items()}
    stem = {name: random.random(shape, np.float32) for name, shape in shapes.items() if "bottom_up" not in name}
    with serve_zoo() as zoo:
        zoo.files[find_model(recipe.model).weights] = pickled(stem)
        said: list[str] = []
        report = load_start_weights(model, recipe, bare_job(tmp_path, zoo=zoo.address), said.append)
    assert said[-1].startswith("downloading weights, ")
    # Detectron2 fills in the statistics of frozen norms that a file lacks.
    assert {name for name in (*report.loaded, *report.resized) if ".running_" not in name} == set(stem)
    assert _row(report, "class predictor")["note"] == "1 of the file's 80 classes taken over: person"
    name = "roi_heads.box_predictor.cls_score.weight"
    np.testing.assert_array_equal(model.state_dict()[name][0].numpy(), stem[name][0])
    name = "backbone.fpn_lateral2.weight"
    np.testing.assert_array_equal(model.state_dict()[name].numpy(), stem[name])


@pytest.mark.parametrize(
    ("key", "count"),
    [
        pytest.param("mask_rcnn_R_50_FPN_400ep_LSJ", np.array(184_375), id="with masks"),
        pytest.param("faster_rcnn_R_50_FPN_400ep_LSJ", np.int64(184_375), id="boxes alone, counts as scalars"),
    ],
)
def test_a_checkpoint_trained_with_jitter_is_loaded_whole_with_its_license(
    key: str, count: Any, tmp_path: Path
) -> None:
    """A file with all tensors of the zoo's real model, as its own code names them, served on loopback."""
    recipe = make_recipe(find_preset("finetune"), 100, RecipeChanges(model=key))
    names = [category["name"] for category in COCO_CATEGORIES if category["isthing"]]
    job = bare_job(tmp_path, classes=tuple(names))
    model = build_for(recipe, make_config(recipe, names))
    shapes = json.loads((Path(__file__).parents[1] / "model" / "jitter_tensors.json").read_text())["R_50"]
    random = np.random.default_rng(0)
    arrays = {name: random.random(shape, np.float32) for name, shape in shapes.items()}
    arrays |= {name: count for name in shapes if name.endswith("num_batches_tracked")}
    with serve_zoo() as zoo:
        zoo.files[find_model(key).weights] = pickled(arrays, protocol=4)
        report = load_start_weights(model, recipe, replace(job, zoo=zoo.address))
    tensors = model.state_dict()
    assert sorted(report.loaded) == sorted(tensors)
    assert (report.resized, report.reinitialised, report.missing) == ([], [], [])
    assert report.ignored == sorted(set(arrays) - set(tensors))
    assert all(".mask_head." in name for name in report.ignored)
    assert not (report.ignored and recipe.model.startswith("mask"))
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor.numpy(), arrays[name], err_msg=name)
    (origin,) = report.as_dict()["origins"]
    (file,) = (tmp_path / "cache").glob("*.pkl")
    assert origin["license"] == "CC BY-SA 3.0"
    assert origin["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert find_model(key).weights.rpartition("/")[0] in origin["words"]


def test_caffe2_names_are_matched_as_detectron2_matches_them(tmp_path: Path) -> None:
    """As the ImageNet backbones of the zoo are stored: no `model`, blobs by Caffe2's names, momenta to leave out."""
    model = _model(["a"])
    shape = tuple(model.state_dict()["backbone.bottom_up.stem.conv1.weight"].shape)
    blobs = {"conv1_w": np.full(shape, 0.25, np.float32), "conv1_w_momentum": np.ones(shape, np.float32)}
    (tmp_path / "m.pkl").write_bytes(pickle.dumps({"blobs": blobs}, 2))
    report = load_weights(model, tmp_path / "m.pkl", ["a"])
    assert report.loaded == ["backbone.bottom_up.stem.conv1.weight"]
    assert model.state_dict()["backbone.bottom_up.stem.conv1.weight"].unique().tolist() == [0.25]


def test_each_stage_of_a_cascade_starts_from_the_one_box_head_of_the_starter_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter, recipe = _model(["blob"]), replace(tiny_recipe(), model="small_cascade", weights=Weights(kind="starter"))
    torch.save({"model": starter.state_dict(), "classes": ["blob"]}, tmp_path / "small.pth")
    monkeypatch.setattr("core.training.recipe.bundled_weights._STARTER_FOLDER", tmp_path)
    model = build(make_config(recipe, ["person", "crane"]))
    report = load_start_weights(model, recipe, bare_job(tmp_path))
    for stage in range(3):
        name = f"box_head.{stage}.fc1.weight"
        assert f"roi_heads.{name}" in report.loaded
        given = starter.state_dict()["roi_heads.box_head.fc1.weight"]
        torch.testing.assert_close(model.state_dict()[f"roi_heads.{name}"], given, rtol=0, atol=0)
    assert {name for name in model.state_dict() if "box_predictor" in name} == set(report.missing) - set(report.loaded)
    assert all("box_predictor" in name for name in report.ignored)


def test_starter_weights_are_loaded_but_for_the_heads_of_their_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter, model = _model(["blob", "bar"]), _model(["person", "crane"])
    half = {name: value.half() for name, value in starter.state_dict().items()}
    torch.save({"model": half, "classes": ["person", "crane"]}, tmp_path / "small.pth")
    monkeypatch.setattr("core.training.recipe.bundled_weights._STARTER_FOLDER", tmp_path)
    report = load_start_weights(model, replace(tiny_recipe(), weights=Weights(kind="starter")), bare_job(tmp_path))
    assert len(report.reinitialised) == 4
    assert len(report.loaded) == len(half) - 4
    with pytest.raises(AppError, match="no starter weights for the model 'small_mask'"):
        recipe = replace(tiny_recipe(), model="small_mask", weights=Weights(kind="starter"))
        load_start_weights(model, recipe, bare_job(tmp_path))


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, _device], ids=["folder", "pipe", "device"])
@pytest.mark.parametrize("name", ["model.pth", "model.pkl"])
def test_weights_that_are_no_regular_file_are_refused_unread(
    make: Callable[[Path], None], name: str, tmp_path: Path
) -> None:
    make(tmp_path / name)
    with pytest.raises(AppError, match=f"{name} is a .*, where a file is expected") as refused:
        read_weights(tmp_path / name)
    assert refused.value.remedy


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_a_checkpoint_that_is_no_regular_file_is_set_aside(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "last.pth")
    content, problem = read_or_set_aside(tmp_path / "last.pth")
    assert content is None
    assert "where a file is expected" in problem
    assert not (tmp_path / "last.pth").exists()
