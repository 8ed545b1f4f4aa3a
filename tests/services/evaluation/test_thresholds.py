from dataclasses import replace

import pytest

from core.errors import AppError, ConflictError, NotFoundError
from core.evaluation.matching.outcomes import Counts
from core.evaluation.thresholds.rules import ThresholdRule
from core.services import evaluation, runs
from core.services.evaluation import open_seal
from core.settings import Settings
from tests.factories.actors import ADA, BOB
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def run(settings: Settings) -> str:
    dataset = DatasetMaker(train=2, val=12, test=9).make(settings)
    return RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)


def evaluate_detections(settings: Settings, run: str, split: str = "val", seed: int = 3) -> evaluation.OpenEvaluation:
    maker = EvaluationMaker(dataset="shapes", split=split, run=run, name=f"on {split}", missed=0.3, strays=2, seed=seed)
    key = maker.make(settings)
    open_seal(settings, key, actor=BOB)
    return evaluation.open_evaluation(settings, key)


def counts_at(opened: evaluation.OpenEvaluation, score: float) -> list[Counts]:
    """The counts of each class as the tables of the page have them."""
    rows = evaluation.summarise(opened, score, 0.5)["per_class"]
    return [
        Counts(category_id=place, name=row["name"], tp=row["tp"], fp=row["fp"], fn=row["fn"])
        for place, row in enumerate(rows)
    ]


def test_what_is_chosen_on_validation_is_what_the_tables_say_at_that_score(settings: Settings, run: str) -> None:
    opened = evaluate_detections(settings, run)
    chosen = evaluation.suggest_threshold(opened, ThresholdRule(by="recall", at=0.5), 0.5)
    score = chosen.together.score
    assert score is not None
    rows = counts_at(opened, score)
    assert chosen.together.counts.tp == sum(row.tp for row in rows)
    assert chosen.together.counts.fp == sum(row.fp for row in rows)
    for place in (0, 1):
        own = chosen.of(place)
        assert own.score is not None
        assert own.counts == counts_at(opened, own.score)[place]
    assert chosen.each.tp == sum(point.counts.tp for point in chosen.points[1:])


def test_a_stored_threshold_is_reported_on_test_and_is_the_default_score(settings: Settings, run: str) -> None:
    opened, test = evaluate_detections(settings, run), evaluate_detections(settings, run, "test", seed=9)
    assert evaluation.stored_threshold(test, 0.5) is None
    stored = evaluation.store_threshold(
        settings, opened, evaluation.suggest_threshold(opened, ThresholdRule(by="precision", at=0.6), 0.5), actor=ADA
    )

    test = evaluation.open_evaluation(settings, test.id)
    shown = evaluation.stored_threshold(test, 0.5)
    assert shown is not None
    assert (test.score, shown.together.score) == (stored.score, stored.score)
    assert [point.counts for point in shown.points[1:]] == [
        counts_at(test, stored.per_class[name])[place] for place, name in enumerate(("red", "blue"))
    ]
    document = evaluation.thresholds_json(test, shown)
    assert (document["run"], document["split"], document["is_stored"]) == (run, "test", True)
    assert f"chosen on validation ({opened.id})" in document["notes"][0]
    assert runs.describe_run(settings, run).threshold == stored
    assert document["stored"] == stored.to_json()
    summary = evaluation.summarise(test)
    assert summary["score"] == stored.score
    assert stored.note in summary["notes"]


def test_a_score_that_was_asked_for_goes_before_the_stored_one(settings: Settings, run: str) -> None:
    opened = evaluate_detections(settings, run)
    stored = evaluation.store_threshold(
        settings, opened, evaluation.suggest_threshold(opened, ThresholdRule(), 0.5), actor=ADA
    )
    assert evaluation.refreshed(settings, opened).score == stored.score
    opened = replace(opened, spec=replace(opened.spec, score=0.77))
    assert evaluation.refreshed(settings, opened).score == 0.77


def test_nothing_is_chosen_on_test(settings: Settings, run: str) -> None:
    test = evaluate_detections(settings, run, "test")
    with pytest.raises(AppError, match=r"chosen on validation, and evaluation .* is on 'test'"):
        evaluation.suggest_threshold(test, ThresholdRule(), 0.5)


def test_of_two_who_store_at_once_the_second_is_told(settings: Settings, run: str) -> None:
    opened = evaluate_detections(settings, run)
    chosen = evaluation.suggest_threshold(opened, ThresholdRule(), 0.5)
    evaluation.store_threshold(settings, opened, chosen, seen=0, actor=ADA)
    with pytest.raises(ConflictError, match="another threshold meanwhile"):
        evaluation.store_threshold(settings, opened, chosen, seen=0, actor=ADA)


def test_a_rule_that_finds_none_stores_none(settings: Settings, run: str) -> None:
    opened = evaluate_detections(settings, run)
    with pytest.raises(AppError, match="no threshold gives a recall of 1; the most is"):
        evaluation.store_threshold(
            settings, opened, evaluation.suggest_threshold(opened, ThresholdRule(by="recall", at=1.0), 0.5), actor=ADA
        )
    assert evaluation.refreshed(settings, opened).stored is None


def test_a_deleted_run_takes_its_threshold_along_and_stores_no_other(settings: Settings, run: str) -> None:
    opened = evaluate_detections(settings, run)
    chosen = evaluation.suggest_threshold(opened, ThresholdRule(), 0.5)
    evaluation.store_threshold(settings, opened, chosen, actor=ADA)
    folder = settings.workspace / "runs" / run
    folder.rename(settings.workspace / "elsewhere")
    assert (evaluation.refreshed(settings, opened).stored, evaluation.refreshed(settings, opened).score) == (None, 0.5)
    with pytest.raises(NotFoundError, match="is gone"):
        evaluation.store_threshold(settings, opened, chosen, actor=ADA)


def test_a_run_stands_for_its_newest_evaluation_on_validation(settings: Settings, run: str) -> None:
    with pytest.raises(NotFoundError, match="no finished evaluation on validation") as missing:
        evaluation.evaluation_to_choose_on(settings, "first look")
    assert missing.value.remedy == f"Make one: `python -m core evaluate {run} --split val`."
    evaluate_detections(settings, run)
    newest = evaluate_detections(settings, run)
    evaluate_detections(settings, run, "test")
    assert evaluation.evaluation_to_choose_on(settings, "first look") == newest.id
    assert evaluation.evaluation_to_choose_on(settings, newest.id) == newest.id
    with pytest.raises(NotFoundError, match="no evaluation, run or custom model 'nobody'"):
        evaluation.evaluation_to_choose_on(settings, "nobody")


def test_a_cost_is_told_beside_the_counts(settings: Settings, run: str) -> None:
    opened = evaluate_detections(settings, run)
    rule = ThresholdRule(by="cost", miss_cost=4.0, false_alarm_cost=0.5)
    document = evaluation.thresholds_json(opened, evaluation.suggest_threshold(opened, rule, 0.5))
    together = document["all"]
    assert together["cost"] == 4.0 * together["fn"] + 0.5 * together["fp"]
    assert document["rule"] == {"by": "cost", "at": None, "miss_cost": 4.0, "false_alarm_cost": 0.5}
