"""Planning and starting; the worker is the tiny one, so that nothing imports torch."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError, NotFoundError, RecipeError
from core.files import read_json, write_json
from core.progress import say_nothing
from core.services import runs
from core.services.training import TrainRequest
from core.services.training import start as training
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import TEST_TIME_AUGMENTATION, Augmentation, Weights, recipe_from_json
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.made_up_nvml import driver_of
from tests.factories.workers.tiny_worker import tiny_launcher


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    settings = Settings(workspace=tmp_path)
    DatasetMaker(background=2, unlabelled=1).make(settings)
    keys = {
        "SOLVER.GAMMA": {"type": "float", "default": 0.1, "refused": ""},
        "SEED": {"type": "int", "default": -1, "refused": "It is decided by the seed."},
        TEST_TIME_AUGMENTATION: {"type": "bool", "default": False, "refused": ""},
    }
    write_json(Layout(tmp_path).config_keys, keys)
    return settings


def _plan(settings: Settings, **asked: Any) -> training.Plan:
    """The plan for changes of the preset, with its version and name beside them."""
    beside = {name: asked.pop(name) for name in ("version", "preset") if name in asked}
    return training.plan_run(settings, TrainRequest(dataset="shapes", **beside, changes=RecipeChanges(**asked)))


def test_a_plan_without_wishes_is_the_quick_preset_where_there_is_no_gpu(settings: Settings) -> None:
    plan = _plan(settings)
    assert (plan.recipe.preset, plan.model.key) == ("quick", "lite_cascade")
    assert (plan.images, plan.objects, plan.data.images["val"]) == (8, 12, 3)
    assert plan.differences == ()
    assert plan.blockers == ()
    assert plan.seconds is not None
    assert plan.epochs == plan.recipe.iterations * plan.recipe.batch / 8


def test_the_plan_names_background_and_unlabelled_images_before_the_start(settings: Settings) -> None:
    said = " ".join(_plan(settings).warnings)
    assert "2 training images have no objects; they are trained on as background." in said
    assert "1 images are not labelled yet and are left out." in said
    without = _plan(settings, keep_background=False)
    assert without.images == 6
    assert "they are left out" in " ".join(without.warnings)


def test_a_gpu_that_cannot_be_used_is_explained_before_the_cpu_is_taken(settings: Settings) -> None:
    assert any(warning.startswith("No GPU was found; training runs on the CPU") for warning in _plan(settings).warnings)
    with driver_of(error="NVMLError_LibRmVersionMismatch"):
        warnings = _plan(settings).warnings
    (why,) = [warning for warning in warnings if "GPU" in warning or "driver" in warning]
    assert why.startswith("NVIDIA's driver was updated while it ran. Restart the machine. Training runs on the CPU, ")


@pytest.mark.parametrize(
    ("model", "changes", "is_warned"),
    [
        pytest.param("faster_rcnn_R_50_FPN_3x", {}, True, id="frozen norms"),
        pytest.param("retinanet_R_50_FPN_3x", {}, True, id="frozen norms of RetinaNet"),
        pytest.param("faster_rcnn_R_50_FPN_3x", {"overrides": {"MODEL.RESNETS.NORM": "GN"}}, False, id="group norm"),
        pytest.param("faster_rcnn_R_50_FPN_400ep_LSJ", {}, False, id="measured norms"),
        pytest.param("small", {}, False, id="a small model"),
    ],
)
def test_random_weights_under_frozen_norms_are_warned_of(
    settings: Settings, model: str, changes: dict[str, Any], is_warned: bool
) -> None:
    warnings = _plan(settings, model=model, weights=Weights(kind="random"), **changes).warnings
    assert any("Set MODEL.RESNETS.NORM to GN" in warning for warning in warnings) == is_warned


def test_start_weights_of_a_run_on_images_mapped_by_another_range_are_warned_of(settings: Settings) -> None:
    data = {name: DatasetMaker(name=name, facts={"bit_range": [0, high]}).make(settings)
            for name, high in (("first", 1000), ("second", 4095))}  # fmt: skip
    run = RunMaker(dataset=data["first"], classes=("red", "blue")).make(settings)
    changes = RecipeChanges(weights=Weights(kind="run", value=run))
    said = {name: training.plan_run(settings, TrainRequest(dataset=key, changes=changes)).warnings
            for name, key in data.items()}  # fmt: skip
    assert "mapped from 0 to 4,095. Import second again with --range 0,1000." in said["second"][0]
    assert not any("--range" in warning for warning in said["first"])
    assert not any("--range" in warning for warning in _plan(settings, weights=Weights(kind="run", value=run)).warnings)


def test_what_differs_from_the_preset_is_listed_with_both_values(settings: Settings) -> None:
    plan = _plan(settings, iterations=50, learning_rate=0.005, augmentation=Augmentation(rotation_deg=5))
    found = {difference.setting: (difference.preset, difference.chosen) for difference in plan.differences}
    assert found["iterations"] == (100, 50)
    assert found["learning_rate"] == (0.015, 0.005)
    assert "augmentation" in found
    assert "batch" not in found


def test_a_data_set_that_is_not_ready_stands_in_the_way_and_nothing_is_started(settings: Settings) -> None:
    DatasetMaker(name="odd", reasons=("class `red` has no object in validation",)).make(settings)
    request = TrainRequest(dataset="odd")
    (blocker,) = training.plan_run(settings, request).blockers
    assert "class `red` has no object in validation" in blocker.message
    with pytest.raises(RecipeError, match="not ready"):
        training.start_run(settings, request, tiny_launcher(), actor=ADA)
    assert runs.list_runs(settings) == []
    assert not list(settings.workspace.glob("runs/*"))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        pytest.param({"version": "v9"}, NotFoundError, "no version 'v9'", id="unknown version"),
        pytest.param({"preset": "best"}, RecipeError, "no preset 'best'", id="unknown preset"),
        pytest.param({"model": "yolo"}, RecipeError, "no model 'yolo'", id="unknown model"),
        pytest.param(
            {"weights": Weights(kind="file", value="/nowhere/x.pth")},
            NotFoundError,
            "no weights file",
            id="missing file",
        ),
        pytest.param(
            {"weights": Weights(kind="file", value="/etc/hostname")},
            RecipeError,
            "no weights file by its name",
            id="other file",
        ),
        pytest.param(
            {"weights": Weights(kind="run", value="first")}, NotFoundError, "no run 'first'", id="unknown run"
        ),
        pytest.param(
            {"weights": Weights(kind="file", value="/tmp/nul\0.pth")}, NotFoundError, "no weights file", id="null byte"
        ),
        pytest.param(
            {"weights": Weights(kind="file", value="~nobody-here/x.pth")},
            NotFoundError,
            "no weights file",
            id="home of nobody",
        ),
        pytest.param({"batch": 0}, RecipeError, "0 images an iteration", id="empty batch"),
    ],
)
def test_what_is_not_there_is_refused_by_name(
    settings: Settings, asked: dict[str, Any], error: type[AppError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        _plan(settings, **asked)
    assert caught.value.remedy


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_weights_that_are_no_file_are_refused_before_a_run_starts(
    settings: Settings, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "x.pth")
    with pytest.raises(AppError, match=r"x\.pth is a (folder|pipe), where a file is expected"):
        _plan(settings, weights=Weights(kind="file", value=str(tmp_path / "x.pth")))


def test_wrong_expert_settings_stand_in_the_way_and_right_ones_reach_the_recipe(settings: Settings) -> None:
    plan = _plan(settings, overrides={"SOLVER.GAMA": 0.5, "SEED": 3})
    assert [blocker.message.split(".")[0] for blocker in plan.blockers] == [
        "Detectron2 has no setting 'SOLVER",
        "SEED cannot be set as an expert setting",
    ]
    right = _plan(settings, overrides=training.parse_expert_yaml("SOLVER: {GAMMA: 1e-2}"))
    assert right.blockers == ()
    assert right.recipe.overrides == {"SOLVER.GAMMA": 0.01}
    assert training.parse_expert_yaml(training.expert_yaml(right)) == {"SOLVER.GAMMA": 0.01}


@pytest.mark.process
def test_a_start_writes_recipe_and_job_and_returns_while_the_worker_works(settings: Settings) -> None:
    run = training.start_run(
        settings,
        TrainRequest(dataset="shapes", name=" mine ", changes=RecipeChanges(iterations=3)),
        tiny_launcher(),
        actor=ADA,
    )
    folder = runs.run_folder(settings, run)
    assert recipe_from_json(read_json(folder.recipe)).iterations == 3
    job = read_job(folder)
    assert (job.dataset, job.version, job.classes) == ("shapes", "v1", ("red", "blue"))
    assert (job.data / "images.parquet").is_file()
    state = runs.wait(settings, "mine", say_nothing)
    assert (state.run, state.phase, state.iteration) == (run, "finished", 3)


@pytest.mark.process
def test_names_are_counted_on_and_unprintable_ones_refused(settings: Settings) -> None:
    names = []
    for _ in range(2):
        run = training.start_run(
            settings, TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=1)), tiny_launcher(), actor=ADA
        )
        names.append(runs.describe_run(settings, run).name)
    assert names == ["shapes quick 1", "shapes quick 2"]
    for name in ("a\nb", "x" * 81):
        with pytest.raises(AppError, match="no name"):
            training.start_run(settings, TrainRequest(dataset="shapes", name=name), tiny_launcher(), actor=ADA)
    for run in names:
        runs.wait(settings, run, say_nothing)


@pytest.mark.process
def test_a_run_can_start_from_an_earlier_one_and_keeps_that_checkpoint(settings: Settings) -> None:
    earlier = RunMaker(name="first", phase=Phase.FINISHED, dataset="shapes").make(settings)
    best = runs.run_folder(settings, earlier).checkpoints / "best.pth"
    plan = _plan(settings, weights=Weights(kind="run", value="first"))
    assert plan.recipe.weights == Weights(kind="run", value=earlier)
    run = training.start_run(
        settings,
        TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=1, weights=Weights(kind="run", value="first"))),
        tiny_launcher(),
        actor=ADA,
    )
    content = best.read_bytes()
    best.unlink()
    kept = read_job(runs.run_folder(settings, run)).weights_file
    assert kept is not None
    assert kept.read_bytes() == content
    runs.wait(settings, run, say_nothing)


def test_zoo_weights_of_a_model_without_any_stand_in_the_way(settings: Settings) -> None:
    (blocker,) = _plan(settings, weights=Weights(kind="zoo"), model="small").blockers
    assert "no published weights" in blocker.message


def test_a_model_that_cannot_look_at_mirrored_images_stands_in_the_way_of_doing_so(settings: Settings) -> None:
    twice = {TEST_TIME_AUGMENTATION: True}
    (blocker,) = _plan(
        settings, model="retinanet_R_50_FPN_3x", weights=Weights(kind="random"), overrides=twice
    ).blockers
    assert "cannot use mirrored images" in blocker.message
    assert _plan(settings, model="small", overrides=twice).blockers == ()


def test_the_time_comes_from_earlier_runs_where_there_are_any(settings: Settings) -> None:
    assert "measurement" in _plan(settings).seconds_source
    RunMaker(name="first", phase=Phase.FINISHED, dataset="shapes").make(settings)  # 0.7 s an iteration
    plan = _plan(settings, iterations=1000, evaluate_every=1000)
    assert plan.seconds_source == "from 1 earlier run here"
    assert plan.seconds is not None
    assert plan.seconds == pytest.approx(8 + 1000 * 0.7 + 3 * 0.35 * 0.45)
    assert _plan(settings, model="retinanet_R_50_FPN_3x").seconds is None


@pytest.mark.parametrize(
    ("batch", "remedy"), [(3, "Choose a batch of 2 or 4."), (1, "Choose a batch of 2.")], ids=["odd", "less than two"]
)
def test_a_batch_that_the_devices_cannot_share_stands_in_the_way(settings: Settings, batch: int, remedy: str) -> None:
    plan = _plan(settings, devices=2, batch=batch)
    assert [blocker.remedy for blocker in plan.blockers if "cannot be shared by 2" in blocker.message] == [remedy]


def test_more_processes_than_cores_stand_in_the_way_on_the_cpu(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETDESK_CORES", "2")
    assert _plan(settings, devices=2, batch=4).blockers == ()
    (blocker,) = _plan(settings, devices=4, batch=4).blockers
    assert "no GPU and 2 cores" in blocker.message
    assert blocker.remedy
