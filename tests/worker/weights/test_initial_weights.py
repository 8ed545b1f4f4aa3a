"""The start of a run whose weights come from a zoo on loopback: told, kept, stopped, failed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import AppError
from core.files import read_json, write_json
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.model_catalogue import find_model
from core.training.recipe.recipe import Recipe, Weights
from core.training.run.folder import RunFolder
from core.training.run.job import read_job, write_job
from core.training.run.status import Phase, read_status
from core.worker.commands.train import train
from core.worker.model.config import make_config
from core.worker.weights.initial_weights import build_for, start_from_weights
from tests.factories.app.zoo import ZooServer, pickled, serve_zoo
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe, tiny_run
from tests.worker.commands.test_masks import CPU

MODEL = "retinanet_R_50_FPN_3x"
RECIPE: Recipe = replace(tiny_recipe(2), model=MODEL, weights=Weights(kind="zoo"), overrides={})


class _Telling(Reporter):
    """Remembers what the status was told to be doing, without waiting half a second between two writings."""

    def tick(self, **changes: Any) -> None:
        self.update(**changes)
        self.said = [*getattr(self, "said", []), read_status(self._path).activity]


def _run(root: Path, zoo: ZooServer) -> RunFolder:
    run = tiny_run(root, "zoo", RECIPE, tiny_data(root, DatasetMaker(train=2, val=1)))
    write_job(run, replace(read_job(run), zoo=zoo.address))
    return run


def test_a_download_is_told_in_the_status_and_its_outcome_kept_by_part_of_the_model(tmp_path: Path) -> None:
    model = build_for(RECIPE, make_config(RECIPE, list(CLASSES)))
    arrays = {name: value.numpy() for name, value in model.state_dict().items() if "fpn" in name}
    with serve_zoo() as zoo:
        run = _run(tmp_path, zoo)
        zoo.files[find_model(MODEL).weights] = pickled({**arrays, "unknown.part": np.zeros(4)})
        reporter = _Telling(run.status)
        start_from_weights(model, run, RECIPE, read_job(run), reporter, StopSwitch(run.stop_request))
    assert any(said.startswith("downloading weights, ") and said.endswith(" MB") for said in reporter.said)
    kept = read_json(run.weights)
    rows = {row["group"]: row for row in kept["groups"]}
    assert kept["source"] == find_model(MODEL).cached_weights
    assert rows["FPN"]["loaded"] == len([name for name in arrays if "fpn_" in name])
    assert rows["unknown"]["ignored"] == 1
    assert rows["class predictor"]["missing"] == 2


@pytest.mark.parametrize(
    "noted",
    [
        pytest.param(
            {"source": "x", "origins": [{"words": "the zoo", "license": "CC BY-SA 3.0", "sha256": "ab"}]}, id="said"
        ),
        pytest.param({"source": "random"}, id="by an earlier version"),
        pytest.param({"origins": [5]}, id="damaged"),
        pytest.param(None, id="gone"),
    ],
)
def test_a_run_from_an_earlier_run_names_the_weights_that_that_one_began_with(tmp_path: Path, noted: Any) -> None:
    recipe = tiny_recipe(2, weights=Weights(kind="run", value="earlier"))
    data = tiny_data(tmp_path, DatasetMaker(train=2, val=1))
    earlier = tiny_run(tmp_path, "earlier", tiny_recipe(2), data)
    model = build_for(recipe, make_config(recipe, list(CLASSES)))
    torch.save({"model": model.state_dict()}, tmp_path / "best.pth")
    if noted is not None:
        write_json(earlier.weights, noted)
    run = tiny_run(tmp_path, "later", recipe, data, tmp_path / "best.pth")
    start_from_weights(model, run, recipe, read_job(run), Reporter(run.status), StopSwitch(run.stop_request))
    origins = read_json(run.weights)["origins"]
    assert origins == (noted["origins"] if noted and "words" in str(noted) else [])


def test_a_stop_during_the_download_stops_the_run(tmp_path: Path) -> None:
    with serve_zoo() as zoo:
        run = _run(tmp_path, zoo)
        zoo.files[find_model(MODEL).weights] = b"x" * 2_000_000
        outcome = train(run, RECIPE, read_job(run), CPU, Reporter(run.status), lambda: True)  # type: ignore[arg-type]
    assert outcome.phase is Phase.STOPPED
    assert outcome.reason == "Stopped on request while the weights were downloaded."


def test_a_zoo_that_is_not_there_fails_the_run_with_its_address_and_the_other_ways_to_start(tmp_path: Path) -> None:
    with serve_zoo() as zoo:
        run = _run(tmp_path, zoo)
    with pytest.raises(AppError, match=r"cannot be downloaded: 127\.0\.0\.1:\d+ cannot be reached") as failed:
        train(run, RECIPE, read_job(run), CPU, Reporter(run.status), StopSwitch(run.stop_request))
    assert "random weights" in failed.value.remedy
