import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import AppError, ConflictError
from core.evaluation.thresholds.stored_temperatures import read_temperatures
from core.evaluation.thresholds.temperatures import calibrated_scores
from core.services import evaluation, label_review, runs
from core.services.evaluation import ImageFilter, OpenEvaluation, open_seal
from core.services.html_report.boxes import report_boxes
from core.settings import Settings
from tests.factories.actors import ADA, BOB
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def run(settings: Settings) -> str:
    dataset = DatasetMaker(train=2, val=12, test=9).make(settings)
    return RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)


def evaluated(settings: Settings, run: str, split: str = "val", seed: int = 3) -> OpenEvaluation:
    maker = EvaluationMaker(dataset="shapes", split=split, run=run, name=f"on {split}", missed=0.3, strays=2, seed=seed)
    key = maker.make(settings)
    if split == "test":
        open_seal(settings, key, actor=BOB)
    return evaluation.open_evaluation(settings, key)


def ece_by_hand(scores: np.ndarray, is_right: np.ndarray) -> float:
    """Ten bins of equal width: the share of a bin times the distance of its mean score to its share of right ones."""
    bins = np.minimum((scores * 10).astype(int), 9)
    shares = [(bins == place) for place in range(10)]
    return float(sum(abs(scores[one].mean() - is_right[one].mean()) * one.mean() for one in shares if one.any()))


def test_what_is_fitted_on_validation_calibrates_the_test_split(settings: Settings, run: str) -> None:
    val, test = evaluated(settings, run), evaluated(settings, run, "test", seed=9)
    assert evaluation.stored_temperatures(test) is None
    fitted = evaluation.fit_temperatures(val)
    stored = evaluation.store_temperatures(settings, val, actor=ADA)
    by_name = dict(zip(("red", "blue"), fitted.temperatures.per_class, strict=True))
    assert stored.per_class == {name: round(each.temperature, 4) for name, each in by_name.items()}
    assert stored.offsets == {name: round(each.offset, 4) for name, each in by_name.items()}
    assert all(stored.offsets.values())

    test = evaluation.refreshed(settings, test)
    shown = evaluation.stored_temperatures(test)
    assert shown is not None
    assert shown.calibrated is not None
    names = [test.class_names[key] for key in test.detections["category_id"]]
    temperatures, offsets = (np.array([of[name] for name in names]) for of in (stored.per_class, stored.offsets))
    expected = calibrated_scores(test.detections["score"].to_numpy(), temperatures, offsets)
    assert shown.calibrated == pytest.approx(expected)
    is_right = (test.outcomes(0.0, 0.5).detections["outcome"] == "true_positive").to_numpy()
    before, after = evaluation.calibration_before_after(test, shown, 0.5)
    assert before.ece == pytest.approx(ece_by_hand(test.detections["score"].to_numpy(), is_right))
    assert after is not None
    assert after.ece == pytest.approx(ece_by_hand(expected, is_right))
    rows = evaluation.calibration_by_class(test, shown, 0.5)
    assert [row.right for row in rows] == [int(is_right[test.detections["category_id"] == key].sum()) for key in (0, 1)]
    assert runs.describe_run(settings, run).temperatures == stored


def test_thresholds_scores_and_ap_stay_as_they_were(settings: Settings, run: str) -> None:
    val = evaluated(settings, run)
    before = evaluation.summarise(val)
    evaluation.store_temperatures(settings, val, actor=ADA)
    after = evaluation.refreshed(settings, val)
    assert evaluation.summarise(after) == before
    assert after.stored is None


def test_on_validation_the_error_after_is_across_folds_and_is_kept_with_the_temperatures(
    settings: Settings, run: str
) -> None:
    val = evaluated(settings, run)
    fitted = evaluation.fit_temperatures(val)
    assert fitted.folds == 5
    in_sample = fitted.temperatures.calibrated(
        val.detections["score"].to_numpy(), val.detections["category_id"].to_numpy()
    )
    assert fitted.calibrated is not None
    assert np.abs(fitted.calibrated - in_sample).max() > 0
    stored = evaluation.store_temperatures(settings, val, actor=ADA)
    document = evaluation.calibration_json(val, fitted, 0.5)
    assert (stored.ece, stored.ece_calibrated) == (document["before"]["ece"], document["after"]["ece"])
    assert (stored.detections, stored.floor) == (len(val.detections), val.detections["score"].min())


def test_a_calibrated_score_is_a_second_number_wherever_boxes_are_listed(settings: Settings, run: str) -> None:
    val = evaluated(settings, run)
    plain = evaluation.objects_json(val, 0.1, 0.5, ImageFilter(), 1000)["boxes"]
    assert {box["calibrated"] for box in plain} == {None}
    stored = evaluation.store_temperatures(settings, val, actor=ADA)
    val = evaluation.refreshed(settings, val)

    def expected(score: float, name: str) -> float:
        return float(calibrated_scores(np.array([score]), stored.per_class[name], stored.offsets[name])[0])

    boxes = evaluation.objects_json(val, 0.1, 0.5, ImageFilter(), 1000)["boxes"]
    assert [{**box, "calibrated": None} for box in boxes] == plain
    for box in boxes:
        right = None if box["score"] is None else pytest.approx(expected(box["score"], box["name"]))
        assert box["calibrated"] == right
    image = int(val.detections["image_id"].iloc[0])
    shown = evaluation.image_boxes(val, image, 0.5)
    assert {box["outcome"] for box in shown} >= {"matched_truth", "true_positive"}
    for box in shown:  # an object has the score of the detection that found it
        right = None if box["score"] is None else pytest.approx(expected(box["score"], box["name"]))
        assert box["calibrated"] == right
    for rows in report_boxes(val, [image], 0.5).values():
        for _, category_id, _, score, *_, calibrated in [*rows["truths"], *rows["found"]]:
            name = val.class_names[category_id]
            assert calibrated == (None if score is None else pytest.approx(expected(score, name), abs=1e-4))
    reviewed = label_review.review_labels(settings, val, 0.1)
    issues = label_review.review_json(val, reviewed)["suspects"]
    assert issues
    assert all(row["calibrated"] == pytest.approx(expected(row["score"], row["says"])) for row in issues)


def test_a_comparison_has_the_calibrated_scores_of_each_model(settings: Settings, run: str) -> None:
    other = RunMaker(dataset="shapes", name="other", classes=("red", "blue")).make(settings)
    a, b = evaluated(settings, run), evaluated(settings, other, seed=5)
    stored = evaluation.store_temperatures(settings, a, actor=ADA)
    a = evaluation.refreshed(settings, a)
    comparison = evaluation.compare(a, b)
    measured = evaluation.differences(settings, comparison, lambda *_: None, 100)
    objects = evaluation.comparison_summary(comparison, measured)["objects"]
    assert {row["change"] for row in objects} == {"won", "lost"}
    for row in objects:
        assert row["calibrated_b"] is None
        if row["score_a"] is None:
            assert row["calibrated_a"] is None
        else:
            name = row["name"]
            expected = calibrated_scores(np.array([row["score_a"]]), stored.per_class[name], stored.offsets[name])
            assert row["calibrated_a"] == pytest.approx(expected[0])


def test_nothing_is_fitted_on_test(settings: Settings, run: str) -> None:
    test = evaluated(settings, run, "test")
    for fit in (evaluation.fit_temperatures, lambda one: evaluation.store_temperatures(settings, one, actor=ADA)):
        with pytest.raises(AppError, match=r"fitted on validation, and evaluation .* is on 'test'"):
            fit(test)


def test_of_two_who_store_at_once_the_second_is_told(settings: Settings, run: str) -> None:
    val = evaluated(settings, run)
    evaluation.store_temperatures(settings, val, seen=0, actor=ADA)
    with pytest.raises(ConflictError, match="other temperatures meanwhile"):
        evaluation.store_temperatures(settings, val, seen=0, actor=BOB)


def test_without_detections_nothing_is_fitted(settings: Settings, run: str) -> None:
    maker = EvaluationMaker(dataset="shapes", run=run, missed=1.0, strays=0.0)
    empty = evaluation.open_evaluation(settings, maker.make(settings))
    with pytest.raises(AppError, match="no detection to fit a temperature to"):
        evaluation.store_temperatures(settings, empty, actor=ADA)
    assert read_temperatures(settings.workspace / "runs" / run) is None


def test_an_evaluation_of_two_files_has_temperatures_and_stores_none(settings: Settings, tmp_path: Path) -> None:
    boxes = [(image, [10.0 * image, 0, 20, 20]) for image in range(1, 9)]
    truth = {
        "images": [{"id": key, "file_name": f"{key}.png", "width": 200, "height": 200} for key, _ in boxes],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [{"id": key, "image_id": key, "category_id": 1, "bbox": box} for key, box in boxes],
    }
    detections = [{"image_id": key, "category_id": 1, "bbox": box, "score": 0.4 + key / 20} for key, box in boxes]
    for name, document in (("truth", truth), ("detections", detections)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    key = evaluation.evaluate_files(settings, tmp_path / "truth.json", tmp_path / "detections.json", actor=ADA)
    opened = evaluation.open_evaluation(settings, key)
    fitted = evaluation.fit_temperatures(opened)
    measured = evaluation.calibration_json(opened, fitted, 0.5)
    (row,) = measured["per_class"]
    assert row["right"] == 8
    assert row["temperature"] < 1  # all are right: the scores were not sure enough
    with pytest.raises(AppError, match="no model to store temperatures with"):
        evaluation.store_temperatures(settings, opened, actor=ADA)


def test_notes_say_how_the_fit_differs_from_what_is_measured(settings: Settings, run: str) -> None:
    val, test = evaluated(settings, run), evaluated(settings, run, "test", seed=9)
    evaluation.store_temperatures(settings, val, actor=ADA)
    test = evaluation.refreshed(settings, test)
    assert test.temperatures is not None
    stored = replace(test.temperatures, checkpoint="last", mirrored=True, floor=0.5, per_class={"red": 1.0}, pooled=2.0)
    test = replace(test, temperatures=stored)
    scores = evaluation.stored_temperatures(test)
    assert scores is not None
    below = (test.detections["score"] < 0.5).mean()
    assert evaluation.notes_on_calibration(test, scores, 0.75) == [
        "Temperatures are fitted at IoU 0.5, and these figures are at IoU 0.75.",
        f"The temperatures were fitted on validation ({val.id}), not on these images.",
        "They were fitted for the checkpoint 'last', and this one is 'best'.",
        "They were fitted with test-time augmentation, and these scores are without it.",
        f"They were fitted on scores from 0.5, and {below:.0%} of these are below.",
        "Without a temperature, so at that of all (2.00): blue.",
    ]


def test_damaged_temperatures_cost_the_calibrated_scores_only_and_are_said(settings: Settings, run: str) -> None:
    val = evaluated(settings, run)
    evaluation.store_temperatures(settings, val, actor=ADA)
    (settings.workspace / "runs" / run / "temperatures.json").write_text('{"pooled": "hot"}')
    for _ in range(2):  # a note is not repeated when the page asks again
        val = evaluation.refreshed(settings, val)
    assert val.temperatures is None
    (note,) = [note for note in val.notes if "temperatures.json" in note]
    assert note.startswith("No stored temperatures are used.")
    assert "rebuild" in note
    assert evaluation.image_boxes(val, int(val.detections["image_id"].iloc[0]), 0.5)[-1]["calibrated"] is None
