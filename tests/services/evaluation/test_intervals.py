import json

import pytest

from core.errors import AppError
from core.services.evaluation import OpenEvaluation, error_bars, expected_seconds, kept_error_bars, open_evaluation
from core.services.evaluation import intervals as services
from core.settings import Settings
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.evaluated import EvaluationMaker
from tests.factories.progress import silent
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def evaluation(settings: Settings) -> OpenEvaluation:
    dataset = DatasetMaker(train=2, val=40).make(settings)
    return open_evaluation(settings, EvaluationMaker(dataset=dataset, missed=0.3, seed=3).make(settings))


def test_the_bars_stand_round_the_evaluations_own_figures(settings: Settings, evaluation: OpenEvaluation) -> None:
    bars = error_bars(settings, evaluation, silent, 100, actor=ADA)

    assert bars.together.ap.value == pytest.approx(evaluation.scores.ap)
    assert bars.together.ap50.value == pytest.approx(evaluation.scores.ap50)
    assert bars.together.ap.low is not None
    assert bars.together.ap.value is not None
    assert bars.together.ap.low < bars.together.ap.value
    assert [one.name for one in bars.per_class] == evaluation.class_names


def test_they_are_computed_once_and_kept(
    settings: Settings, evaluation: OpenEvaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_error_bars(settings, evaluation, 100) is None
    first = error_bars(settings, evaluation, silent, 100, actor=ADA)

    def never(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(services, "bootstrap", never)
    assert error_bars(settings, evaluation, silent, 100, actor=ADA) == kept_error_bars(settings, evaluation, 100)
    assert kept_error_bars(settings, evaluation, 100).together.ap.low == first.together.ap.low  # type: ignore[union-attr]
    assert kept_error_bars(settings, evaluation, 100, seed=1) is None


def test_the_file_is_the_document_of_the_command_line_and_who_asked_first(
    settings: Settings, evaluation: OpenEvaluation
) -> None:
    bars = error_bars(settings, evaluation, silent, 100, 5, actor=ADA)

    folder = Layout(settings.workspace).folder("evaluation", evaluation.id)
    assert json.loads((folder / "intervals-100-5.json").read_text()) == {**bars.to_json(), "actor": ADA.to_json()}


def test_what_is_kept_costs_nothing(settings: Settings, evaluation: OpenEvaluation) -> None:
    assert expected_seconds(settings, evaluation) > 0
    error_bars(settings, evaluation, silent, actor=ADA)
    assert expected_seconds(settings, evaluation) == 0


def test_a_full_disk_keeps_nobody_from_looking(
    settings: Settings, evaluation: OpenEvaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(services, "keep_replicates", full)
    monkeypatch.setattr(services, "keep_error_bars", full)

    assert error_bars(settings, evaluation, silent, 100, actor=ADA).together.ap.low is not None
    assert kept_error_bars(settings, evaluation, 100) is None


def test_ten_resamples_are_refused(settings: Settings, evaluation: OpenEvaluation) -> None:
    with pytest.raises(AppError, match="10 resamples"):
        error_bars(settings, evaluation, silent, 10, actor=ADA)
