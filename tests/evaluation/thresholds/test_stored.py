import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConflictError, DamagedFileError, NotFoundError
from core.evaluation.thresholds.rules import ThresholdRule
from core.evaluation.thresholds.stored import StoredThresholds, read_thresholds, store_thresholds

CHOSEN = StoredThresholds(
    score=0.42,
    per_class={"red": 0.3},
    rule=ThresholdRule(by="recall", at=0.8),
    iou=0.5,
    evaluation="e-234567",
    dataset="cells",
    version="v1",
    split="val",
    checkpoint="best",
    chosen=1_790_000_000.0,
)


def test_what_was_stored_is_read_back_and_counted(tmp_path: Path) -> None:
    assert read_thresholds(tmp_path) is None
    first = store_thresholds(tmp_path, CHOSEN, "Run x")
    assert read_thresholds(tmp_path) == first == replace(CHOSEN, revision=1)
    assert store_thresholds(tmp_path, replace(CHOSEN, score=0.5), "Run x", seen=1).revision == 2


def test_somebody_who_has_not_seen_the_stored_one_does_not_replace_it(tmp_path: Path) -> None:
    store_thresholds(tmp_path, CHOSEN, "Run x", seen=0)
    with pytest.raises(ConflictError, match=r"another threshold meanwhile: 0.42, by recall"):
        store_thresholds(tmp_path, replace(CHOSEN, score=0.1), "Run x", seen=0)
    stored = read_thresholds(tmp_path)
    assert stored is not None
    assert stored.score == 0.42


def test_of_two_at_once_only_one_is_stored(tmp_path: Path) -> None:
    refused: list[ConflictError] = []

    def write(score: float) -> None:
        try:
            store_thresholds(tmp_path, replace(CHOSEN, score=score), "Run x", seen=0)
        except ConflictError as error:
            refused.append(error)

    writers = [threading.Thread(target=write, args=(place / 10,)) for place in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stored = read_thresholds(tmp_path)
    assert stored is not None
    assert (stored.revision, len(refused)) == (1, 7)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", json.dumps({"score": 7}), '{"score": "much", "per_class": {}}'],
    ids=["empty", "a list", "nothing in it", "score of 7", "no number"],
)
def test_a_file_that_was_spoilt_by_hand_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "thresholds.json").write_text(content)
    with pytest.raises(DamagedFileError, match=r"thresholds\.json is damaged"):
        read_thresholds(tmp_path)


def test_a_score_outside_its_range_or_a_strange_rule_is_damage(tmp_path: Path) -> None:
    store_thresholds(tmp_path, CHOSEN, "Run x")
    whole = json.loads((tmp_path / "thresholds.json").read_text())
    for change in ({"score": 7}, {"per_class": {"red": -1}}, {"rule": {"by": "luck"}}, {"rule": {"strange": 1}}):
        (tmp_path / "thresholds.json").write_text(json.dumps({**whole, **change}))
        with pytest.raises(DamagedFileError):
            read_thresholds(tmp_path)


def test_a_model_that_is_gone_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Run x is gone"):
        store_thresholds(tmp_path / "gone", CHOSEN, "Run x")
