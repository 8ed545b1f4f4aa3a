"""Causes through the services: one document, its images and its tables on disk, all of the same boxes."""

from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import AppError
from core.services.evaluation import (
    CAUSES,
    ImageFilter,
    OpenEvaluation,
    boxes_on,
    causes_of,
    evaluate_files,
    image_boxes,
    image_rows,
    open_evaluation,
    summarise,
)
from core.settings import Settings
from core.tables import read_table, write_table
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.coco_files import write_files, write_results
from tests.factories.results import random_results


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> OpenEvaluation:
    """An evaluation with hundreds of mistakes of all causes, and crowds."""
    folder = tmp_path_factory.mktemp("random")
    settings = Settings(workspace=folder / "workspace")
    results = random_results(40, images=20, classes=4, confusion=0.4, crowd=0.15)
    return open_evaluation(settings, evaluate_files(settings, *write_results(folder, results), actor=ADA))


def test_the_document_by_hand(tmp_path: Path) -> None:
    """A dog found, a dog taken for a cat, a false positive on nothing, a cat missed below the score of 0.5.

    AP of dogs: one of two found first, 51/101; the false positive comes after it. AP of cats: the confusion at 0.8 is
    before the match at 0.3, so precision is 1/2 at every recall. Repairing class gives the second dog and takes it
    from the cats: both are perfect. Background repaired changes nothing, since it is the last of its class.
    """
    settings = Settings(workspace=tmp_path / "workspace")
    opened = open_evaluation(settings, evaluate_files(settings, *write_files(tmp_path), actor=ADA))
    document = summarise(opened, repair=causes_of(["missed", "class"]))
    ap = (51 / 101 + 1 / 2) / 2
    rows = {row["cause"]: (row["count"], row["objects"], row["delta_ap"]) for row in document["causes"]}
    assert document["ap_at_iou"] == pytest.approx(ap)
    assert rows["class"] == (1, 1, pytest.approx(1 - ap))
    assert rows["background"] == (1, 0, 0.0)
    assert rows["missed"] == (1, 1, 0.0)
    assert rows["location"] == rows["both"] == rows["duplicate"] == (0, 0, 0.0)
    # Without false positives cats are perfect, dogs stay; no cat is missed at every score, one dog is.
    assert document["perfect"]["precision"] == pytest.approx((51 / 101 + 1) / 2 - ap)
    assert document["perfect"]["recall"] == pytest.approx((1 + 1 / 2) / 2 - ap)
    assert document["repaired"] == {"causes": ["class", "missed"], "ap": pytest.approx(1.0)}
    assert summarise(opened)["repaired"] is None


@pytest.mark.parametrize(("score", "iou"), [(0.5, 0.5), (0.2, 0.5), (0.5, 0.75)])
@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_shows_exactly_the_boxes_that_it_counts(
    random: OpenEvaluation, cause: str, score: float, iou: float
) -> None:
    counted = {row["cause"]: row["count"] for row in summarise(random, score, iou)["causes"]}
    chosen = ImageFilter(cause=cause)
    rows = image_rows(random, score, iou, chosen)
    boxes = [box for image in rows["image_id"] for box in image_boxes(random, int(image), iou, score, chosen)]
    marked = [box for box in boxes if box["chosen"]]
    assert rows["hits"].sum() == len(marked) == counted[cause]
    if cause == "missed":
        assert {box["kind"] for box in marked} <= {"truth"}
    else:
        assert {(box["kind"], box["cause"]) for box in marked} <= {("detection", cause)}
        assert all(box["score"] >= score for box in marked)


def test_a_page_of_images_has_the_boxes_of_each(random: OpenEvaluation) -> None:
    chosen = ImageFilter(cause="location")
    images = [7, 3, 12]
    together = boxes_on(random, images, 0.5, 0.3, chosen)
    assert list(together) == images
    for image in images:
        assert together[image] == image_boxes(random, image, 0.5, 0.3, chosen)
    assert sum(box["chosen"] for boxes in together.values() for box in boxes) > 0


def test_the_score_rules_the_boxes_and_never_what_they_cost(random: OpenEvaluation) -> None:
    low, high = (summarise(random, score)["causes"] for score in (0.1, 0.9))
    assert [row["delta_ap"] for row in low] == [row["delta_ap"] for row in high]
    assert sum(row["count"] for row in low[:-1]) > sum(row["count"] for row in high[:-1])


def test_the_tables_on_disk_hold_the_causes_at_the_evaluations_iou_and_every_score(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    key = evaluate_files(settings, *write_results(tmp_path, random_results(41)), iou=0.6, actor=ADA)
    outcomes = open_evaluation(settings, key).outcomes(0.0, 0.6)
    folder = Layout(settings.workspace).folder("evaluation", key)
    for name, table in (("detections", outcomes.detections), ("truths", outcomes.truths)):
        stored = read_table(folder / f"{name}.parquet")
        assert stored["cause"].tolist() == table["cause"].tolist()
        assert stored["cause"].nunique() > 2


def test_tables_without_causes_still_open(tmp_path: Path) -> None:
    """Written before causes were kept: they are computed from the boxes when the evaluation is opened."""
    settings = Settings(workspace=tmp_path / "workspace")
    key = evaluate_files(settings, *write_files(tmp_path), actor=ADA)
    expected = summarise(open_evaluation(settings, key))
    folder = Layout(settings.workspace).folder("evaluation", key)
    for name in ("detections", "truths"):
        path = folder / f"{name}.parquet"
        write_table(path, read_table(path).drop(columns=["cause", "meant_for"], errors="ignore"))
    assert summarise(open_evaluation(settings, key)) == expected


def test_a_cause_that_does_not_exist_is_refused_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AppError, match="no cause 'bad luck'") as refused:
        causes_of(["class", "bad luck"])
    assert "location" in refused.value.remedy
    assert causes_of([" Missed", "", "class", "missed"]) == ["class", "missed"]
    assert main(["evaluate", "--truth", "t", "--detections", "d", "--repair", "luck"]) == 2
    assert "no cause 'luck'" in capsys.readouterr().err
