"""The outcomes of a run's samples, against an evaluation of the same detections, and by hand."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from core.errors import NotFoundError
from core.evaluation.validation_samples import SampleImages
from core.services import runs
from core.services.runs import read_samples
from core.services.runs import samples as run_samples
from core.services.runs.samples import match_step
from core.settings import Settings
from core.tables import ANNOTATIONS, DETECTIONS, IMAGES, from_columns
from tests.factories.runs import RunMaker
from tests.factories.samples import SampledRunMaker
from tests.factories.tiny_dataset import DatasetMaker

TP, FP, IGNORED = 0, 1, 2


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


def images_with(objects: list[tuple[int, int, float, bool]]) -> SampleImages:
    """Two images of 100 px; an object of 10 px at (x, 0) for each (image, class, x, is a crowd)."""
    number = len(objects)
    texts = {name: [""] * 2 for name in ("split", "use", "source", "content_hash")}
    images = {"image_id": [3, 7], "file_name": ["3.png", "7.png"], "width": [100, 100], "height": [100, 100]}
    left = [x for _, _, x, _ in objects]
    truths = {
        "annotation_id": range(11, 11 + number),
        "image_id": [image for image, *_ in objects],
        "category_id": [category for _, category, *_ in objects],
        "x1": left,
        "x2": [x + 10 for x in left],
        "y1": [0.0] * number,
        "y2": [10.0] * number,
        "area": [100.0] * number,
        "is_crowd": [crowd for *_, crowd in objects],
        "segmentation": [""] * number,
        "source_file": [""] * number,
        "source_line": [0] * number,
    }
    return SampleImages(images=from_columns(IMAGES, {**images, **texts}), truths=from_columns(ANNOTATIONS, truths))


def found(boxes: list[tuple[int, int, float, float]]) -> pd.DataFrame:
    """A detection of 10 px at (x, 0) for each (image, class, x, score)."""
    left = [x for _, _, x, _ in boxes]
    return from_columns(
        DETECTIONS,
        {
            "detection_id": range(1, len(boxes) + 1),
            "image_id": [image for image, *_ in boxes],
            "category_id": [category for _, category, *_ in boxes],
            "x1": left,
            "x2": [x + 10 for x in left],
            "y1": [0.0] * len(boxes),
            "y2": [10.0] * len(boxes),
            "score": [score for *_, score in boxes],
        },
    )


def test_every_detection_and_every_object_gets_its_outcome_by_image() -> None:
    images = images_with([(7, 0, 0.0, False), (3, 0, 0.0, False), (3, 1, 50.0, False), (3, 0, 80.0, True)])
    step = match_step(
        images,
        found([(3, 0, 1.0, 0.4), (7, 1, 0.0, 0.7), (3, 0, 80.0, 0.6), (3, 0, 0.0, 0.9)]),
        100,
    )
    on_3, on_7 = step.detections
    # By falling score: right; in the crowd region; a second one on a matched object.
    assert [(row[1], row[6]) for row in on_3] == [(0.9, TP), (0.6, IGNORED), (0.4, FP)]
    assert [(row[0], row[6]) for row in on_7] == [(1, FP)]
    assert step.scores == [[0.9, None, None], [None]]
    assert on_3[0][2:6] == [0.0, 0.0, 10.0, 10.0]
    assert on_3[0][7] == 1.0


def test_images_without_objects_and_without_detections_are_there_too() -> None:
    step = match_step(images_with([]), found([]), 5)
    assert (step.detections, step.scores) == ([[], []], [[], []])


def test_the_steps_of_a_run_come_in_order_with_their_images(settings: Settings) -> None:
    dataset = DatasetMaker(val=12).make(settings)
    run = SampledRunMaker(dataset=dataset).make(settings)
    samples = read_samples(settings, run)
    assert samples is not None
    assert (samples.dataset, samples.version, samples.classes) == (dataset, "v1", ("red", "blue"))
    assert [step.iteration for step in samples.steps] == [100, 200, 300, 400]
    assert len(samples.images) == 8
    for place, image in enumerate(samples.images):
        assert (image.width, image.height, len(image.truths)) == (96, 96, 2)
        assert all(len(step.scores[place]) == 2 for step in samples.steps)
    missed = [sum(score is None for row in step.scores for score in row) for step in samples.steps]
    assert missed[0] > missed[-1], "the made run learns"
    assert json.loads(json.dumps(asdict(samples), allow_nan=False))
    assert runs.describe_run(settings, run).samples == (100, 200, 300, 400)


def test_two_runs_on_the_same_data_have_the_same_images(settings: Settings) -> None:
    dataset = DatasetMaker(val=12).make(settings)
    first, second = (
        read_samples(settings, SampledRunMaker(dataset=dataset, name=f"seed {seed}", seed=seed).make(settings))
        for seed in (1, 2)
    )
    assert first is not None
    assert second is not None
    assert first.images == second.images
    assert first.steps != second.steps


def test_a_step_is_matched_once_and_again_when_it_was_written_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes: list[int] = []

    def counting(images: SampleImages, detections: pd.DataFrame, iteration: int) -> run_samples.SampleStep:
        outcomes.append(iteration)
        return match_step(images, detections, iteration)

    monkeypatch.setattr(run_samples, "match_step", counting)
    maker = SampledRunMaker(dataset=DatasetMaker().make(settings))
    run = maker.make(settings)
    for _ in range(3):
        read_samples(settings, run)
    assert outcomes == [100, 200, 300, 400]
    maker.add_step(settings, run, 400)
    read_samples(settings, run)
    assert outcomes == [100, 200, 300, 400, 400]


def test_a_run_without_an_evaluation_has_no_samples_and_an_unknown_one_is_refused(settings: Settings) -> None:
    run = RunMaker().make(settings)
    assert read_samples(settings, run) is None
    assert runs.describe_run(settings, run).samples == ()
    with pytest.raises(NotFoundError):
        read_samples(settings, "nobody")
