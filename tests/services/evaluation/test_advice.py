"""Advice on evaluations in a workspace: what the rules are given, and that links show the boxes that are counted."""

from urllib.parse import parse_qs, urlsplit

import pytest

from core.evaluation.advice.facts import Advice
from core.evaluation.thresholds.rules import ThresholdRule
from core.figures.words.advice import NOTHING
from core.services.evaluation import (
    ImageFilter,
    OpenEvaluation,
    address_of,
    advice_json,
    give_advice,
    image_rows,
    open_evaluation,
    open_seal,
    store_threshold,
    suggest_threshold,
    summarise,
)
from core.services.evaluation.advice import find_facts
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.status import Overfitting, read_status, write_status
from core.workspace.layout import Layout
from tests.factories.actors import ADA, BOB
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


def opened(settings: Settings, maker: EvaluationMaker) -> OpenEvaluation:
    key = maker.make(settings)
    open_seal(settings, key, actor=BOB)
    return open_evaluation(settings, key)


def kind_of(one: Advice, evaluation: OpenEvaluation) -> int:
    """The class that a piece of advice names, -1 for none."""
    name = one.images.get("class")
    return evaluation.class_names.index(name) if name else -1


@pytest.fixture
def faulty(settings: Settings) -> OpenEvaluation:
    """Sixty images with many strays and mixed-up classes."""
    dataset = DatasetMaker(train=2, val=60).make(settings)
    return opened(settings, EvaluationMaker(dataset=dataset, missed=0.25, mixed_up=0.3, strays=6.0, seed=3))


def test_what_stands_out_is_told_with_the_boxes_that_its_link_shows(faulty: OpenEvaluation, settings: Settings) -> None:
    found = {one.key: one for one in give_advice(settings, faulty)}
    assert {"pair", "background"} <= set(found)

    matrix = summarise(faulty)["confusion"]["matrix"]
    pair = found["pair"].evidence
    assert (pair["first_as_second"], pair["second_as_first"]) == (matrix[0][1], matrix[1][0])

    false_positives = found["background"]
    chosen = ImageFilter(cause=false_positives.images["cause"], category_id=kind_of(false_positives, faulty))
    rows = image_rows(faulty, 0.5, 0.5, chosen)
    assert false_positives.evidence["boxes"] == rows["hits"].sum() > 0


def test_missed_objects_are_those_that_the_link_shows_at_score_0(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=60).make(settings)
    evaluation = opened(settings, EvaluationMaker(dataset=dataset, missed=0.4, mixed_up=0, strays=0))
    missed = next(one for one in give_advice(settings, evaluation) if one.key == "missed")
    chosen = ImageFilter(cause="missed", category_id=kind_of(missed, evaluation), slice=missed.images.get("slice", ""))
    assert missed.evidence["boxes"] == image_rows(evaluation, 0.0, 0.5, chosen)["hits"].sum() > 0
    assert address_of(missed, evaluation) == {"iou": "0.5", **missed.images}


def test_a_good_detector_is_told_so_in_plain_words(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=60).make(settings)
    evaluation = opened(settings, EvaluationMaker(dataset=dataset, missed=0, mixed_up=0, strays=0, sure=True))
    document = advice_json(settings, evaluation)
    assert (document["advice"], document["notes"]) == ([], [NOTHING])


def test_the_document_is_the_contract_of_the_command_line(faulty: OpenEvaluation, settings: Settings) -> None:
    document = advice_json(settings, faulty, 0.4, 0.6)
    assert list(document) == ["evaluation", "score", "iou", "advice", "notes"]
    assert (document["score"], document["iou"], document["notes"]) == (0.4, 0.6, [])
    for row in document["advice"]:
        assert list(row) == ["key", "words", "next", "at_stake", "pictures", "address", "evidence"]
        address = {name: value[0] for name, value in parse_qs(urlsplit(row["address"]).query).items()}
        assert address.pop("evaluation") == faulty.id
        assert not row["pictures"] or address == {"score": "0.4", "iou": "0.6", **row["pictures"]}
    stakes = [row["at_stake"] for row in document["advice"] if row["at_stake"] is not None]
    assert stakes == sorted(stakes, reverse=True)


def test_a_few_images_are_no_ground_for_advice_but_that(settings: Settings) -> None:
    evaluation = opened(settings, EvaluationMaker(dataset=DatasetMaker(train=2, val=4).make(settings), seed=1))
    assert [one.key for one in give_advice(settings, evaluation)] == ["sample"]


def test_no_threshold_is_chosen_on_test_images(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=3, test=20).make(settings)
    known = {split: EvaluationMaker(dataset=dataset, split=split, name=split) for split in ("val", "all")}
    facts = {split: find_facts(settings, opened(settings, maker)) for split, maker in known.items()}
    assert facts["val"].threshold is not None
    assert facts["all"].threshold is None


def test_the_run_gives_its_training_images_and_where_overfitting_began(settings: Settings) -> None:
    """By hand: shapes of two classes on 8 training images, of which one is background."""
    dataset = DatasetMaker(train=8, val=5, background=1).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    maker = EvaluationMaker(dataset=dataset, run=run)
    folder = RunFolder(Layout(settings.workspace).folder("run", run))
    training = find_facts(settings, opened(settings, maker)).training
    assert training is not None
    assert set(training.images) == {"red", "blue"}
    assert 0 < max(training.images.values()) <= 7
    assert training.overfitting_since is None

    status = read_status(folder.status)
    for falls, since in ((True, 40), (False, None)):
        write_status(folder.status, status.with_(turned=Overfitting(iteration=40, training_falls=falls)))
        after = find_facts(settings, opened(settings, maker)).training
        assert after is not None
        assert after.overfitting_since == since
    assert find_facts(settings, opened(settings, EvaluationMaker(dataset=dataset))).training is None
    assert find_facts(settings, opened(settings, EvaluationMaker(dataset=dataset, run="r-gone00"))).training is None


def test_thresholds_that_are_stored_for_each_class_are_not_advised_again(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=30).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    before = opened(settings, EvaluationMaker(dataset=dataset, run=run, strays=2.0))
    store_threshold(settings, before, suggest_threshold(before, ThresholdRule(), 0.5), actor=ADA)
    better = find_facts(settings, open_evaluation(settings, before.id)).threshold
    assert better is not None
    assert better.score == better.best_score
    assert better.f1 == better.best_f1 == better.each_f1
    assert better.f1 == pytest.approx(max(before.threshold_curves(0.5).query("category_id == -1")["f1"]))
