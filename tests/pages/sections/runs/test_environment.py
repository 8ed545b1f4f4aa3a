"""The environment of a run on its page, and *Repeat*."""

from pathlib import Path

import pytest

from core.files import read_json, write_json
from core.services import runs, training
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.changes import RecipeChanges
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.tiny_dataset import DatasetMaker

START = {
    "time": 1.0,
    "iteration": 0,
    "device": "CPU, 2 cores",
    "seed": 5,
    "data_hash": "0123456789abcdef0123",
    "git": "aaaa-dirty",
    "python": "3.11.7",
    "platform": "Linux",
    "cuda": None,
    "threads": 2,
    "packages": {"torch": "2.14.1", "detectron2": "0.6"},
}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return workspace(monkeypatch, tmp_path)


def test_a_run_shows_its_environment_and_a_button_repeats_it(settings: Settings) -> None:
    request = training.TrainRequest(dataset=DatasetMaker().make(settings), name="one", changes=RecipeChanges(seed=5))
    run = training.start_run(settings, request, actor=ADA)
    folder = runs.run_folder(settings, run)
    later = {**START, "version": "0.12.0", "iteration": 40, "device": "Some GPU"}
    write_json(folder.environment, {"starts": [START, later]})

    page = open_page("run", run=run)

    (card,) = [one for one in page.expander if "Made with" in one.label]
    assert "PyTorch 2.14.1, seed 5, Some GPU" in card.label.replace("\\", "")
    assert "changed at iteration 40" in texts(page)
    assert "Detdesk 0.12.0, aaaa-dirty" in texts(page)

    page.button(key="run-repeat").click().run()

    again = page.query_params["run"]
    assert again != run
    recipes = [read_json(runs.run_folder(settings, key).recipe) for key in (run, again)]
    assert recipes[0] == recipes[1]


def test_a_start_recorded_without_a_version_shows_only_its_revision(settings: Settings) -> None:
    run = training.start_run(
        settings, training.TrainRequest(dataset=DatasetMaker().make(settings), name="one"), actor=ADA
    )
    write_json(runs.run_folder(settings, run).environment, {"starts": [START]})

    shown = texts(open_page("run", run=run))

    assert "aaaa-dirty" in shown
    assert ", aaaa-dirty" not in shown
