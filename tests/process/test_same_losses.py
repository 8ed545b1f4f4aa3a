"""The same recipe and seed in two worker processes on the CPU: bit-equal losses."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.training.metrics.log import read_metrics
from core.training.recipe.recipe import Augmentation, Recipe
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run

ITERATIONS = 50
# The worker as the launcher starts it, but for a record of metrics at every iteration.
_WORKER = """
import sys
from core.worker.engine import metrics_hook
from core.worker.__main__ import main
metrics_hook._METRICS_INTERVAL_S = 0.0
sys.exit(main(["train", sys.argv[1]]))
"""
# Everything that is random takes part: augmentation, repeat factors, background, the proposals of each step.
_RECIPE = tiny_recipe(
    ITERATIONS,
    augmentation=Augmentation(rotation_deg=10, scale=0.2, crop=0.1, brightness=0.2, hue=0.02),
    balance=0.9,
    background_share=0.3,
    input_sizes=(32, 48),
    batch=1,
)


def _train(root: Path, name: str, recipe: Recipe, data: Path) -> list[dict[str, float]]:
    """The losses of each iteration of a run in a separate process."""
    folder: RunFolder = tiny_run(root, name, recipe, data)
    subprocess.run([sys.executable, "-c", _WORKER, str(folder.root)], check=True, timeout=300, capture_output=True)
    assert read_status(folder.status).phase is Phase.FINISHED
    records = read_metrics(folder.metrics)[0]
    found = [{key: value for key, value in record.items() if key.startswith("loss/")} for record in records]
    return [losses for losses in found if losses]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_data(tmp_path_factory.mktemp("workspace"), DatasetMaker(train=7, val=1, background=2, size=64))


@pytest.mark.long
def test_the_same_recipe_and_seed_give_bit_equal_losses_in_two_processes(data: Path) -> None:
    root = data.parents[3]
    first, second = (_train(root, name, _RECIPE, data) for name in ("one", "two"))
    assert len(first) == ITERATIONS
    assert len(first[0]) > 3
    assert first == second
    # And they are not constant.
    assert len({losses["loss/total"] for losses in first}) > ITERATIONS / 2
