from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from core.files import read_json
from core.progress import say_nothing
from core.services import runs
from core.services.training import TrainRequest, start
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from tests.factories.actors import ADA
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.scored_worker import scored_launcher

ITERATIONS = 6


@dataclass(frozen=True, kw_only=True)
class Base:
    """A workspace with a finished run whose learning rate is half of the best one."""

    settings: Settings
    run: str
    rate: float


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        settings = Settings(workspace=tmp_path_factory.mktemp("sweep"))
        DatasetMaker(train=8, val=40).make(settings)
        request = TrainRequest(dataset="shapes", name="first", changes=RecipeChanges(iterations=ITERATIONS, seed=3))
        rate = start.plan_run(settings, request).recipe.learning_rate
        patch.setenv("SCORED_BEST_RATE", str(2 * rate))
        patch.setenv("SCORED_NOISE", "0.002")
        run = start.start_run(settings, request, scored_launcher(SCORED_STEP_S="0.02"), actor=ADA)
        runs.wait(settings, run, say_nothing)
        assert read_json(runs.run_folder(settings, run).recipe)["learning_rate"] == rate
        yield Base(settings=settings, run=run, rate=rate)
