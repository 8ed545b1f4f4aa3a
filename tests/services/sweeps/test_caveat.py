"""What a sweep cannot find out is known before its start, and kept with it."""

from dataclasses import replace

import pytest

from core.services import sweeps
from core.services.sweeps import SweepRequest
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder
from core.training.run.splits import RunSplits, write_splits
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.several_runs.learning_curve import finished_run
from tests.factories.tiny_dataset import DatasetMaker


def _run(settings: Settings, maker: DatasetMaker) -> str:
    return replace(finished_run(settings), dataset=maker.make(settings)).make(settings)


@pytest.mark.parametrize(("images", "is_said"), [(29, True), (30, False)])
def test_too_few_validation_images_are_said_with_their_number(settings: Settings, images: int, is_said: bool) -> None:
    caveat = sweeps.caveat_of(settings, _run(settings, DatasetMaker(name="few", train=2, val=images)))
    assert bool(caveat) == is_said
    assert ("29 images" in caveat) == is_said


def test_the_splits_of_the_run_count_and_not_those_of_the_version(settings: Settings) -> None:
    run = _run(settings, DatasetMaker(name="folds", train=31, val=30))
    ids = tuple(range(1, 62))
    write_splits(RunFolder(Layout(settings.workspace).folder("run", run)), RunSplits(train=ids[10:], val=ids[:10]))
    assert "Validation has 10 images" in sweeps.caveat_of(settings, run)


def test_images_without_objects_do_not_count(settings: Settings) -> None:
    """The maker's background images are the first ones: all 20 of training and 5 of validation."""
    run = _run(settings, DatasetMaker(name="empty", train=20, val=32, background=25))
    assert "Validation has 27 images with objects" in sweeps.caveat_of(settings, run)


def test_a_sweep_keeps_what_was_said_at_its_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    run = finished_run(settings).make(settings)
    key = sweeps.start_sweep(settings, SweepRequest(run=run, over=("learning_rate",), minutes=60), actor=ADA)
    sweep = sweeps.describe_sweep(settings, key)
    assert sweep.to_json()["caveat"] == sweep.plan.caveat == sweeps.caveat_of(settings, run) != ""
