from pathlib import Path

import pandas as pd
import pytest

from core.errors import AppError
from core.evaluation.predictions import Truth
from core.evaluation.store import evaluate_detections, is_finished, load, load_scores, read_masks
from core.tables import read_table
from tests.factories.results import Results, make_detections, random_results


def truth_of(results: Results) -> Truth:
    return Truth(images=results.images, annotations=results.annotations, categories=results.categories)


def test_what_was_evaluated_comes_back(tmp_path: Path) -> None:
    results = random_results(1)
    scores = evaluate_detections(truth_of(results), results.detections, tmp_path, iou=0.6, notes=["a note"])
    stored = load(tmp_path)
    assert stored.scores == scores
    assert stored.iou == 0.6
    assert stored.notes == ["a note", *scores.notes]
    pd.testing.assert_frame_equal(stored.truth.images, results.images)
    pd.testing.assert_frame_equal(stored.truth.annotations, results.annotations)
    pd.testing.assert_frame_equal(stored.truth.categories, results.categories)
    pd.testing.assert_frame_equal(stored.detections, results.detections)
    assert load_scores(tmp_path) == (scores, len(results.images))


def test_the_stored_detections_say_what_they_were_matched_with(tmp_path: Path) -> None:
    results = random_results(2)
    evaluate_detections(truth_of(results), results.detections, tmp_path)
    found, truths = read_table(tmp_path / "detections.parquet"), read_table(tmp_path / "truths.parquet")
    right = found[found["outcome"] == "true_positive"]
    assert len(right) > 5
    assert (right["iou"] >= 0.5).all()
    matched = truths.set_index("annotation_id").loc[right["annotation_id"]]
    assert matched["detection_id"].tolist() == right["detection_id"].tolist()
    assert set(found["outcome"]) <= {"true_positive", "false_positive", "ignored"}


def test_no_detections_and_no_suggestion_are_stored_too(tmp_path: Path) -> None:
    results = random_results(3).with_(detections=make_detections([]))
    evaluate_detections(truth_of(results), results.detections, tmp_path)
    stored = load(tmp_path)
    assert (stored.scores.ap, stored.suggested, len(stored.detections)) == (0.0, None, 0)


def test_a_refusal_writes_nothing(tmp_path: Path) -> None:
    results = random_results(4)
    with pytest.raises(AppError, match="IoU"):
        evaluate_detections(truth_of(results), results.detections, tmp_path, iou=0.0)
    with pytest.raises(AppError, match="score"):
        evaluate_detections(truth_of(results), results.detections.assign(score=2.0), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_evaluation_cannot_be_loaded(tmp_path: Path) -> None:
    assert not is_finished(tmp_path)
    assert load_scores(tmp_path) is None
    with pytest.raises(AppError, match="no result yet"):
        load(tmp_path)


def test_masks_of_some_images_come_back_and_endless_ones_are_left_out(tmp_path: Path) -> None:
    results = random_results(5)
    found = results.detections.assign(outline=[f"mask {key}" for key in results.detections["detection_id"]])
    found.loc[0, "outline"] = "x" * 20_001
    evaluate_detections(truth_of(results), found, tmp_path / "with")
    evaluate_detections(truth_of(results), results.detections, tmp_path / "without")
    images = sorted(set(found["image_id"]))[:2]

    read = read_masks(tmp_path / "with", images)

    expected = found.iloc[1:][found.iloc[1:]["image_id"].isin(images)].sort_values("image_id", kind="stable")
    assert len(expected) > 3
    pd.testing.assert_frame_equal(read, expected[list(read.columns)].reset_index(drop=True), check_dtype=False)
    assert read_masks(tmp_path / "without", images).empty


def test_a_model_that_draws_masks_and_found_nothing_has_none(tmp_path: Path) -> None:
    results = random_results(6)
    evaluate_detections(truth_of(results), make_detections([]).assign(outline=[]), tmp_path)
    assert read_masks(tmp_path, [1, 2]).empty
