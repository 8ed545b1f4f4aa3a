"""Custom models, from two files to a plan and an evaluation; the real worker examines one once."""

import hashlib
import shutil
from pathlib import Path

import pytest

from core.errors import AppError, ConflictError, NotFoundError, RecipeError
from core.files import read_json
from core.services import models as custom_models
from core.services import training
from core.services.evaluation import EvaluationRequest, start_evaluation
from core.services.training import TrainRequest
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Weights, recipe_from_json
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.custom_models import bring_files, stored_custom_model
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_worker import tiny_launcher


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory, warm_workers: None) -> Path:
    """A workspace with one model, which the real worker has examined."""
    root = tmp_path_factory.mktemp("examined")
    config, weights = bring_files(root)
    custom_models.add_model(
        Settings(workspace=root / "workspace"), config, weights, "cranes", ("crane", "red"), actor=ADA
    )
    return root


@pytest.fixture
def settings(examined: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    shutil.copytree(examined / "workspace", tmp_path / "workspace")
    return Settings(workspace=tmp_path / "workspace")


@pytest.mark.worker
def test_a_custom_model_is_listed_with_the_catalogue(settings: Settings) -> None:
    rows = custom_models.list_models(settings)
    assert {row["kind"] for row in rows} == {"catalogue", "own"}
    (row,) = [row for row in rows if row["kind"] == "own"]
    assert (row["title"], row["classes"], row["task"]) == ("cranes", ["crane", "red"], "boxes")
    assert row["weights"] == ["own", "random", "run", "file"]
    assert (
        custom_models.describe_model(settings, "cranes") == custom_models.describe_model(settings, row["model"]) == row
    )


def test_every_entry_of_the_catalogue_has_its_license_and_those_of_a_series_their_length_of_training(
    tmp_path: Path,
) -> None:
    rows = {row["model"]: row for row in custom_models.list_models(Settings(workspace=tmp_path))}
    licenses = {row["license"] for row in rows.values() if "zoo" in row["weights"]}
    assert licenses == {"CC BY-SA 3.0"}
    assert {row["license"] for row in rows.values() if "zoo" not in row["weights"]} == {"Apache-2.0"}
    jitter = rows["mask_rcnn_R_101_FPN_200ep_LSJ"]
    assert (jitter["series"], jitter["coco_epochs"]) == ("mask_rcnn_R_101_FPN_LSJ", 200)
    assert (rows["lite"]["series"], rows["lite"]["coco_epochs"]) == (None, None)


@pytest.mark.worker
def test_a_custom_model_has_no_license_that_is_known_here(settings: Settings) -> None:
    assert custom_models.describe_model(settings, "cranes")["license"] is None


@pytest.mark.worker
def test_its_weights_are_copied_and_their_hash_noted(settings: Settings, examined: Path) -> None:
    own = custom_models.find_custom_model(settings, "cranes")
    given = (examined / "model_final.pth").read_bytes()
    assert own.weights.read_bytes() == given
    assert own.sha256 == hashlib.sha256(given).hexdigest()


@pytest.mark.worker
def test_training_goes_on_with_it_by_name_and_keeps_its_weights(settings: Settings) -> None:
    DatasetMaker().make(settings)
    plan = training.plan_run(settings, TrainRequest(dataset="shapes", changes=RecipeChanges(model="cranes")))
    own = custom_models.find_custom_model(settings, "cranes")
    assert (plan.recipe.model, plan.recipe.own, plan.recipe.weights) == (own.id, own.model, Weights(kind="own"))
    assert (plan.recipe.input_sizes, plan.blockers) == ((64,), ())
    assert "own" not in {difference.setting for difference in plan.differences}
    run = training.start_run(
        settings,
        TrainRequest(dataset="shapes", changes=RecipeChanges(model="cranes", iterations=1)),
        tiny_launcher(),
        actor=ADA,
    )
    folder = RunFolder(Layout(settings.workspace).folder("run", run))
    assert recipe_from_json(read_json(folder.recipe)).own == own.model
    kept = read_job(folder).weights_file
    assert kept == folder.root.resolve() / "start.pth"
    assert kept.read_bytes() == own.weights.read_bytes()


@pytest.mark.worker
def test_its_own_weights_are_nothing_for_a_model_of_the_catalogue(settings: Settings) -> None:
    DatasetMaker().make(settings)
    with pytest.raises(RecipeError, match="has no own weights"):
        training.plan_run(
            settings, TrainRequest(dataset="shapes", changes=RecipeChanges(model="small", weights=Weights(kind="own")))
        )


@pytest.mark.worker
def test_it_is_evaluated_on_a_data_set_without_a_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    DatasetMaker().make(settings)
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    key = start_evaluation(settings, EvaluationRequest(model="cranes", dataset="shapes", split="val"), actor=ADA)
    folder = Layout(settings.workspace).folder("evaluation", key)
    request = read_json(folder / "request.json")
    own = custom_models.find_custom_model(settings, "cranes")
    assert (request["run"], request["model"], request["split"], request["checkpoint"]) == ("", own.id, "val", "")
    assert (folder / request["model_folder"]).resolve() == own.folder.resolve()
    with pytest.raises(AppError, match="has no data set"):
        start_evaluation(settings, EvaluationRequest(model="cranes"), actor=ADA)


@pytest.mark.worker
def test_a_taken_name_is_refused(settings: Settings, examined: Path) -> None:
    config, weights = examined / "config.yaml", examined / "model_final.pth"
    for name in ("cranes", "small"):
        with pytest.raises(ConflictError, match="There already is a model"):
            custom_models.add_model(settings, config, weights, name, actor=ADA)
    with pytest.raises(AppError, match="is no name for a model"):
        custom_models.add_model(settings, config, weights, " ", actor=ADA)


@pytest.mark.worker
def test_files_that_are_missing_or_no_weights_by_name_are_refused(settings: Settings, examined: Path) -> None:
    config, weights = examined / "config.yaml", examined / "model_final.pth"
    with pytest.raises(NotFoundError, match=r"no file .*nowhere\.yaml"):
        custom_models.add_model(settings, examined / "nowhere.yaml", weights, "x", actor=ADA)
    with pytest.raises(AppError, match="no weights file by its name"):
        custom_models.add_model(settings, config, config, "x", actor=ADA)
    with pytest.raises(RecipeError, match="no model 'nothing'"):
        custom_models.find_any_model(settings, "nothing")


@pytest.mark.worker
def test_what_the_worker_refuses_is_said_and_nothing_is_kept(settings: Settings, examined: Path) -> None:
    odd = settings.workspace / "odd.yaml"
    odd.write_text("MODEL: {RESNETS: {DEPHT: 18}}")
    with pytest.raises(AppError, match=r"Did you mean MODEL\.RESNETS\.DEPTH"):
        custom_models.add_model(settings, odd, examined / "model_final.pth", "odd", actor=ADA)
    assert [own.name for own in custom_models.custom_models(settings)] == ["cranes"]
    assert len(list(Layout(settings.workspace).all_of("model").iterdir())) == 1


def test_masks_stand_in_the_way_where_objects_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    settings = Settings(workspace=tmp_path)
    DatasetMaker(name="boxes", train=4, val=2).make(settings)
    DatasetMaker(name="outlines", train=4, val=2, masks="mixed").make(settings)
    (blocker,) = training.plan_run(
        settings, TrainRequest(dataset="boxes", changes=RecipeChanges(model="small_mask"))
    ).blockers
    assert "learns masks, but 12 of the 12 objects" in blocker.message
    assert "Faster R-CNN" in blocker.remedy
    assert (
        training.plan_run(
            settings, TrainRequest(dataset="outlines", changes=RecipeChanges(model="small_mask"))
        ).blockers
        == ()
    )


def test_starter_weights_are_offered_only_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr("core.training.recipe.bundled_weights._STARTER_FOLDER", tmp_path / "starter")
    settings = Settings(workspace=tmp_path / "workspace")
    DatasetMaker().make(settings)
    assert "starter" not in custom_models.describe_model(settings, "small")["weights"]
    (blocker,) = training.plan_run(
        settings, TrainRequest(dataset="shapes", changes=RecipeChanges(model="small", weights=Weights(kind="starter")))
    ).blockers
    assert "no starter weights for Small Faster R-CNN" in blocker.message
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "small.pth").write_bytes(b"weights")
    assert "starter" in custom_models.describe_model(settings, "small")["weights"]
    assert (
        training.plan_run(
            settings,
            TrainRequest(dataset="shapes", changes=RecipeChanges(model="small", weights=Weights(kind="starter"))),
        ).blockers
        == ()
    )


@pytest.mark.process
def test_the_zoo_of_the_settings_reaches_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    settings = Settings(workspace=tmp_path, zoo="http://mirror/zoo/")
    DatasetMaker().make(settings)
    run = training.start_run(
        settings, TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=1)), tiny_launcher(), actor=ADA
    )
    assert read_job(RunFolder(Layout(tmp_path).folder("run", run))).zoo == "http://mirror/zoo/"


@pytest.mark.worker
def test_a_model_made_for_a_test_is_as_one_that_was_added(settings: Settings) -> None:
    """The factory of the page's tests skips the worker: its files must equal what the worker writes."""
    real = custom_models.find_custom_model(settings, "cranes")
    made = custom_models.find_custom_model(settings, stored_custom_model(settings, "made", ("a", "b")))
    assert made.model.is_own
    assert {path.name for path in made.folder.iterdir()} == {path.name for path in real.folder.iterdir()}
    assert read_json(made.folder / "facts.json").keys() == read_json(real.folder / "facts.json").keys()
