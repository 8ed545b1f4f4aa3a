"""A run with its evaluations on validation and on an unsealed test split."""

from pathlib import Path

import pytest

from core.services.evaluation import open_seal
from core.settings import Settings
from tests.factories.actors import BOB
from tests.factories.app.pages import workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def run(settings: Settings) -> str:
    dataset = DatasetMaker(train=2, val=12, test=9).make(settings)
    return RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)


@pytest.fixture
def val(settings: Settings, run: str) -> str:
    return EvaluationMaker(dataset="shapes", run=run, missed=0.3, strays=2, seed=3).make(settings)


@pytest.fixture
def test_split(settings: Settings, run: str) -> str:
    key = EvaluationMaker(dataset="shapes", run=run, split="test", name="on test").make(settings)
    open_seal(settings, key, actor=BOB)
    return key
