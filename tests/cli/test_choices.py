"""Words and defaults that core.cli copies, compared with the originals."""

import pytest

from core.cli import choices
from core.evaluation.intervals.bootstrap import RESAMPLES
from core.evaluation.matching.causes import CAUSES
from core.evaluation.thresholds.rules import RULES
from core.services import label_review
from core.services.evaluation import OUTCOMES, SORTS
from core.training.metrics.log_search import LEVELS


@pytest.mark.parametrize(
    ("written", "owned"),
    [
        pytest.param(choices.LEVELS, LEVELS, id="levels"),
        pytest.param(choices.OUTCOMES, OUTCOMES, id="outcomes"),
        pytest.param(choices.CAUSES, tuple(map(str, CAUSES)), id="causes"),
        pytest.param(choices.SORTS, tuple(SORTS), id="sorts"),
        pytest.param(choices.RULES, RULES, id="rules"),
        pytest.param(choices.RESAMPLES, RESAMPLES, id="resamples"),
    ],
)
def test_options_take_the_words_that_the_services_know(written: object, owned: object) -> None:
    assert written == owned


@pytest.mark.parametrize(
    ("others", "words"),
    [(choices.OTHER_SORTS, choices.SORTS), (choices.OTHER_OUTCOMES, choices.OUTCOMES)],
    ids=["sorts", "outcomes"],
)
def test_a_further_word_stands_for_one_of_them(others: dict[str, str], words: tuple[str, ...]) -> None:
    assert set(others.values()) <= set(words)
    assert not set(others) & set(words)


def test_each_verdict_has_an_option() -> None:
    assert label_review.VERDICTS == ("accept", "reject", "skip")
