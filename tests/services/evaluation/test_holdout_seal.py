import pytest

from core.errors import NotFoundError, SealedError
from core.services import evaluation
from core.services.evaluation import find_seal, list_openings, open_seal
from core.settings import Settings
from tests.factories.actors import ADA, BOB
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def dataset(settings: Settings) -> str:
    return DatasetMaker(train=2, val=3, test=4).make(settings)


def on_test(settings: Settings, dataset: str, name: str) -> str:
    run = RunMaker(name=name, dataset=dataset).make(settings)
    return EvaluationMaker(dataset=dataset, split="test", run=run, name=f"{name} on test").make(settings)


def test_test_scores_are_hidden_everywhere_until_they_are_opened(settings: Settings, dataset: str) -> None:
    key = on_test(settings, dataset, "first")
    (row,) = evaluation.list_evaluations(settings)
    assert (row.sealed, row.ap, row.ap50) == (True, None, None)
    with pytest.raises(SealedError, match=r"'first on test' are sealed: .* test split of shapes v1"):
        evaluation.open_evaluation(settings, key)

    open_seal(settings, key, actor=BOB)

    (row,) = evaluation.list_evaluations(settings)
    assert not row.sealed
    assert row.ap == evaluation.summarise(evaluation.open_evaluation(settings, key))["ap"]


def test_openings_are_counted_over_all_runs_and_each_evaluation_once(settings: Settings, dataset: str) -> None:
    first, second = on_test(settings, dataset, "first"), on_test(settings, dataset, "second")
    open_seal(settings, first, actor=BOB)
    for _ in range(2):
        open_seal(settings, second, actor=ADA)
    openings = list_openings(settings, dataset, "v1")
    assert [(opening.place, opening.evaluation) for opening in openings] == [("page", first), ("command line", second)]
    assert openings[0].time <= openings[1].time
    notes = evaluation.summarise(evaluation.open_evaluation(settings, first))["notes"]
    assert any("opened 2 times so far, over all runs" in note for note in notes)


def test_opening_one_evaluation_leaves_the_others_sealed(settings: Settings, dataset: str) -> None:
    first, second = on_test(settings, dataset, "first"), on_test(settings, dataset, "second")
    open_seal(settings, first, actor=BOB)
    seal = find_seal(settings, second)
    assert seal is not None
    assert not seal.is_open
    assert len(seal.openings) == 1
    with pytest.raises(SealedError):
        evaluation.open_evaluation(settings, second)


def test_an_opened_evaluation_can_be_told_of_later_openings(settings: Settings, dataset: str) -> None:
    first, second = on_test(settings, dataset, "first"), on_test(settings, dataset, "second")
    open_seal(settings, first, actor=BOB)
    opened = evaluation.open_evaluation(settings, first)
    open_seal(settings, second, actor=BOB)
    seal = evaluation.refreshed(settings, opened).seal
    assert seal is not None
    assert len(seal.openings) == 2


def test_scores_of_all_images_are_sealed_where_test_images_are_among_them(settings: Settings, dataset: str) -> None:
    key = EvaluationMaker(dataset=dataset, split="all").make(settings)
    with pytest.raises(SealedError):
        evaluation.open_evaluation(settings, key)
    open_seal(settings, key, actor=BOB)
    assert evaluation.summarise(evaluation.open_evaluation(settings, key))["images"] == 9
    assert [opening.evaluation for opening in list_openings(settings, dataset, "v1")] == [key]
    without = DatasetMaker(name="open", train=2, val=3, test=0).make(settings)
    assert find_seal(settings, EvaluationMaker(dataset=without, split="all", name="in the open").make(settings)) is None


def test_validation_has_no_seal_and_opening_it_logs_nothing(settings: Settings, dataset: str) -> None:
    key = EvaluationMaker(dataset=dataset).make(settings)
    assert find_seal(settings, key) is None
    assert open_seal(settings, key, actor=BOB) is None
    assert list_openings(settings, dataset, "v1") == []
    assert evaluation.open_evaluation(settings, key).seal is None


def test_an_evaluation_that_does_not_exist_has_nothing_to_open(settings: Settings, dataset: str) -> None:
    with pytest.raises(NotFoundError):
        open_seal(settings, "e-nobody", actor=BOB)
