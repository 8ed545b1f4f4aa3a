"""Previews through the real warm worker, in a separate process as for the pages."""

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import AppError, RecipeError
from core.progress import say_nothing
from core.services import training
from core.services.training import preview as previews
from core.services.training import warm_worker
from core.settings import Settings
from core.training.launch.liveness import probe
from core.training.recipe.changes import RecipeChanges
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually

STRENGTHS = {"rotation_deg": "20", "scale": "0.3", "brightness": "0.4"}

# They share one warm worker.
pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = Settings(workspace=tmp_path_factory.mktemp("workspace"))
    DatasetMaker(train=6, val=3, size=128).make(settings)
    yield settings
    _kill(settings)


def _worker(settings: Settings) -> int:
    (folder,) = (settings.workspace / "cache" / "warm_worker").iterdir()
    return probe(folder / "lock").pid


def _kill(settings: Settings) -> None:
    if pid := _worker(settings):
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not _worker(settings))


def _plan(settings: Settings, **asked: object) -> training.Plan:
    changes = RecipeChanges(**{"strengths": STRENGTHS, "input_sizes": (64,), **asked})  # type: ignore[arg-type]
    return training.plan_run(settings, training.TrainRequest(dataset="shapes", preset="quick", changes=changes))


def _preview(settings: Settings, plan: training.Plan, first: int = 0) -> list[previews.PreviewSample]:
    previews._answers.clear()
    said: list[str] = []
    return previews.render_preview(settings, plan, lambda share, words: said.append(words), first)


def test_eight_samples_are_shown_augmented_and_as_the_model_sees_them(settings: Settings) -> None:
    samples = _preview(settings, _plan(settings))
    assert len(samples) == 8
    for sample in samples:
        # A square of 128 px at an input size of 64 px.
        assert (sample.plain.width, sample.plain.height) == (64, 64)
        assert Image.open(io.BytesIO(sample.plain.jpeg)).size == (64, 64)
        # Its two squares are a quarter to a half of the image wide.
        assert all(16 <= side <= 32 for side in sample.plain.sides_px)
        assert len(sample.plain.sides_px) == 2
    assert len({(sample.augmented.width, sample.augmented.height) for sample in samples}) > 1
    assert len({sample.image_id for sample in samples}) == 6


def test_the_same_seed_shows_the_same_and_another_seed_others(settings: Settings) -> None:
    first, again = (_preview(settings, _plan(settings)) for _ in range(2))
    other = _preview(settings, _plan(settings, seed=2))
    assert first == again
    assert [one.augmented.jpeg for one in first] != [one.augmented.jpeg for one in other]


def test_later_samples_go_on_where_the_first_end(settings: Settings) -> None:
    assert _preview(settings, _plan(settings), first=3)[:5] == _preview(settings, _plan(settings))[3:]


def test_a_worker_that_was_killed_is_started_again(settings: Settings) -> None:
    before = _preview(settings, _plan(settings))
    killed = _worker(settings)
    _kill(settings)
    assert _preview(settings, _plan(settings)) == before
    assert _worker(settings) not in (0, killed)


def test_a_recipe_that_cannot_be_trained_is_refused_in_words(settings: Settings) -> None:
    recipe = {**_plan(settings).recipe.to_json(), "overrides": {"SOLVER.MOMENTUN": 1}}
    request = {"data": str(_plan(settings).data.folder), "recipe": recipe, "first": 0, "count": 1}
    with pytest.raises(AppError, match=r"no setting 'SOLVER\.MOMENTUN'. Did you mean SOLVER\.MOMENTUM"):
        warm_worker.ask(settings, "preview", request, say_nothing)


def test_an_unknown_strength_is_refused_before_any_worker_is_asked(settings: Settings) -> None:
    with pytest.raises(RecipeError, match="no augmentation 'mosaic'"):
        _plan(settings, strengths={"mosaic": "1"})


def test_the_samples_are_written_as_images_with_their_sizes(settings: Settings, tmp_path: Path) -> None:
    rows = previews.save_preview(settings, _plan(settings), tmp_path / "out", say_nothing)
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == sorted(str(row["file"]) for row in rows)
    assert len(rows) == 16
    shown = np.asarray(Image.open(tmp_path / "out" / "1 plain.jpg").convert("RGB"))
    assert shown.shape == (rows[1]["height"], rows[1]["width"], 3)
