"""A custom model: what is read, what is refused by name, and that no code in it is run."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import AppError
from core.evaluation.spec import EvaluationSpec
from core.files import read_json, write_json
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import model_from_json
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe, Weights, recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.worker.commands.evaluate import evaluate
from core.worker.commands.examine import _class_names, examine
from core.worker.model.config import make_config
from core.worker.model.custom_config import check_usable, keys_of, own_config, value_at
from core.worker.model.detectron import build, has_compiled_operators, zoo_config
from core.worker.weights.load import load_start_weights
from tests.factories.app.zoo import Mine
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe, tiny_run
from tests.worker.commands.test_masks import CPU

MINE = ["crane", "red"]  # one class of the tiny data set, and one that it does not have


def _custom_model(folder: Path, classes: list[str] | None = None) -> Path:
    """A folder with the two files of a small model for `MINE`, as services copy them."""
    folder.mkdir(parents=True)
    cfg = make_config(tiny_recipe(), MINE)
    torch.manual_seed(3)
    torch.save({"model": build(cfg).state_dict()}, folder / "weights.pth")
    (folder / "given.yaml").write_text(cfg.dump())
    given = {"title": "cranes", "classes": MINE if classes is None else classes, "weights": "weights.pth"}
    write_json(folder / "given.json", given)
    return folder


def _recipe(folder: Path, **changes: Any) -> Recipe:
    model = model_from_json(read_json(folder / "facts.json")["model"])
    asked = RecipeChanges(weights=Weights(kind="own"), iterations=2, **changes)
    return make_recipe(find_preset("finetune"), 6, asked, custom=model)


def test_a_custom_model_is_known_by_its_configuration_and_all_of_its_weights(tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "m-234567")
    examine(folder)
    facts = read_json(folder / "facts.json")
    model = model_from_json(facts["model"])
    assert (model.key, model.title, model.task, model.classes) == ("m-234567", "cranes", "boxes", tuple(MINE))
    assert (model.input_sizes, model.test_size, model.is_own, model.needs_polygons) == ((64,), 64, True, False)
    assert all(row["loaded"] and not row["missing"] + row["reinitialised"] for row in facts["groups"])
    built = build(make_config(_recipe(folder), MINE))
    theirs = torch.load(folder / "weights.pth", weights_only=True)["model"]
    assert {name: value.shape for name, value in built.state_dict().items()} == {
        name: value.shape for name, value in theirs.items()
    }


def test_a_recipe_keeps_a_custom_model_whole(tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "m-234567")
    examine(folder)
    recipe = _recipe(folder)
    write_json(tmp_path / "recipe.json", recipe.to_json())
    assert recipe_from_json(read_json(tmp_path / "recipe.json")) == recipe


def test_going_on_with_a_custom_model_keeps_the_rows_of_the_classes_it_knows(tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "m-234567")
    examine(folder)
    data = tiny_data(tmp_path, DatasetMaker(train=4, val=2))
    run = tiny_run(tmp_path, "on", _recipe(folder), data, folder / "weights.pth")
    job = read_job(run)
    model = build(make_config(_recipe(folder), list(CLASSES)))
    report = load_start_weights(model, _recipe(folder), job)
    assert report.reinitialised == report.missing == []
    (note,) = {row["note"] for row in report.groups if row["resized"]}
    assert note == "1 of the file's 2 classes taken over: red"
    name = "roi_heads.box_predictor.cls_score.weight"
    theirs = torch.load(folder / "weights.pth", weights_only=True)["model"][name]
    torch.testing.assert_close(model.state_dict()[name][0], theirs[1])


def test_a_custom_model_is_evaluated_without_a_run_and_classes_are_joined_by_name(tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "models" / "m-234567")
    examine(folder)
    data = tiny_data(tmp_path, DatasetMaker(train=2, val=2))
    outcomes = RunFolder(tmp_path / "evaluations" / "one")
    outcomes.root.mkdir(parents=True)
    spec = EvaluationSpec(model="m-234567", model_folder="../../models/m-234567", data=str(data), split="all", iou=0.5)
    reporter = Reporter(outcomes.status)
    evaluate(outcomes, None, spec, CPU, reporter, StopSwitch(outcomes.stop_request))
    document = read_json(outcomes.root / "scores.json")
    assert document["scores"]["ap"] is not None
    said = " ".join(document["notes"])
    assert "crane: the data set has no such class" in said
    assert "blue: the model does not know this class" in said


def test_class_names_that_no_file_has_are_asked_for(tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "m-234567", classes=[])
    with pytest.raises(AppError, match="The model has 2 classes, and neither of its files names them"):
        examine(folder)


def test_class_names_come_from_the_checkpoint_where_none_are_given(tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "m-234567", classes=[])
    content = torch.load(folder / "weights.pth", weights_only=True)
    torch.save({**content, "classes": ["a", "b"]}, folder / "weights.pth")
    examine(folder)
    assert read_json(folder / "facts.json")["model"]["classes"] == ["a", "b"]


def test_class_names_come_from_the_data_set_that_the_configuration_names(tmp_path: Path) -> None:
    cfg = own_config("_BASE_: COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml")
    torch.save({"model": {}}, tmp_path / "weights.pth")
    names = _class_names([], 80, tmp_path / "weights.pth", cfg)
    assert (names[0], names[-1], len(names)) == ("person", "toothbrush", 80)


@pytest.mark.parametrize("classes", [["a"], ["a", "b", "c"], ["a", "a"]], ids=["too few", "too many", "twice the same"])
def test_class_names_of_another_number_are_refused(classes: list[str], tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "m-234567", classes=classes)
    with pytest.raises(AppError, match=f"2 classes, but {len(set(classes))} different names"):
        examine(folder)


def test_weights_of_another_model_are_refused_with_the_parts_that_they_lack(tmp_path: Path) -> None:
    folder = _custom_model(tmp_path / "m-234567")
    content = torch.load(folder / "weights.pth", weights_only=True)["model"]
    kept = {name: value for name, value in content.items() if "fpn" not in name and "rpn" not in name}
    torch.save({"model": kept}, folder / "weights.pth")
    with pytest.raises(AppError, match=r"weights\.pth does not fit the configuration: FPN, RPN would start at random"):
        examine(folder)


def test_weights_that_would_run_code_are_refused_without_running_it(tmp_path: Path) -> None:
    folder, proof = _custom_model(tmp_path / "m-234567"), tmp_path / "it ran"
    (folder / "weights.pkl").write_bytes(pickle.dumps({"model": {"a": Mine(proof)}, "__author__": "x"}))
    write_json(folder / "given.json", {"title": "x", "classes": MINE, "weights": "weights.pkl"})
    with pytest.raises(AppError, match="no file of plain weights"):
        examine(folder)
    assert not proof.exists()


def test_a_configuration_as_detectron2_dumps_it_is_read_back_the_same() -> None:
    """Its dump uses YAML aliases, and lists for tuples."""
    for name in ("COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml", "COCO-Detection/retinanet_R_50_FPN_3x.yaml"):
        cfg = zoo_config(name)
        read = own_config(cfg.dump())
        differing = [key for key in keys_of(cfg) if value_at(cfg, key) != value_at(read, key)]
        assert differing == ["MODEL.ROI_BOX_CASCADE_HEAD.BBOX_REG_WEIGHTS"]  # tuples in a tuple became lists in one


def test_a_base_of_the_model_zoo_is_followed() -> None:
    cfg = own_config("_BASE_: ../Base-RCNN-FPN.yaml\nMODEL: {RESNETS: {DEPTH: 101}}\n")
    assert (cfg.MODEL.BACKBONE.NAME, cfg.MODEL.RESNETS.DEPTH) == ("build_resnet_fpn_backbone", 101)
    assert own_config("_BASE_: COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml").SOLVER.MAX_ITER == 270000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("_BASE_: /etc/passwd", "which is no file of Detectron2's model zoo"),
        ("_BASE_: http://evil/Base.yaml", "which is no file of Detectron2's model zoo"),
        ("MODEL: {RESNETS: {DEPHT: 18}}", "Did you mean MODEL.RESNETS.DEPTH"),
        ("MODEL: {MASK_ON: 7x}", "sets MODEL.MASK_ON to '7x', but it takes a value like False"),
        ("a: !!python/object/apply:os.system ['true']", "no plain YAML, line 1"),
        ("[1, 2]", "holds no settings"),
        ("VERSION: 1", "older version"),
        ("MODEL: {", "no plain YAML, line 1"),
        ("a: " + "[" * 3000, "no plain YAML"),
    ],
    ids=["a path", "an address", "a slip", "a wrong type", "code", "a list", "an old one", "cut short", "deep"],
)
def test_a_configuration_that_cannot_be_used_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(AppError) as refused:
        own_config(text)
    assert said in refused.value.message
    assert refused.value.remedy


def test_yaml_aliases_that_multiply_each_other_are_refused_at_once() -> None:
    lines = ["a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{n}: &a{n} {{" + ", ".join(f"k{i}: *a{n - 1}" for i in range(9)) + "}" for n in range(1, 12)]
    with pytest.raises(AppError, match=r"more settings than Detectron2 can|Detectron2 does not have"):
        own_config("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MODEL: {META_ARCHITECTURE: PanopticFPN}", "is a PanopticFPN, which does not detect boxes"),
        ("MODEL: {KEYPOINT_ON: true}", "needs keypoints (MODEL.KEYPOINT_ON)"),
        ("MODEL: {LOAD_PROPOSALS: true}", "needs proposals made elsewhere"),
        ("MODEL: {BACKBONE: {NAME: build_vovnet_fpn_backbone}}", "part 'build_vovnet_fpn_backbone' (MODEL.BACKBONE"),
    ],
)
def test_a_model_that_is_no_detector_here_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(AppError) as refused:
        check_usable(own_config(text))
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MODEL: {RESNETS: {DEFORM_ON_PER_STAGE: [false, true, true, true]}}", "deformable convolution"),
        ("MODEL: {ROI_BOX_HEAD: {POOLER_TYPE: ROIAlignRotated}}", "rotated boxes"),
        ("MODEL: {PROPOSAL_GENERATOR: {NAME: RRPN}}", "rotated boxes"),
    ],
)
def test_compiled_operators_are_named_where_this_detectron2_has_none(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.worker.model.custom_config.has_compiled_operators", lambda: False)
    with pytest.raises(AppError, match=f"compiled operator for {said}") as refused:
        check_usable(own_config(text))
    assert "make setup" in refused.value.remedy
    monkeypatch.setattr("core.worker.model.custom_config.has_compiled_operators", lambda: True)
    check_usable(own_config(text))


def test_the_bundled_build_says_that_it_has_no_compiled_operators() -> None:
    from detectron2 import _C

    assert has_compiled_operators() == (not (getattr(_C, "__file__", None) or "").endswith(".py"))
