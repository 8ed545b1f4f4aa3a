import pytest

from core.errors import AppError
from core.services.evaluation import (
    Comparison,
    compare,
    comparison_summary,
    differences,
    image_of_both,
    kept_differences,
    open_evaluation,
)
from core.settings import Settings
from core.tables import write_table
from core.workspace.layout import Layout
from tests.factories.evaluated import EvaluationMaker
from tests.factories.progress import silent
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def pair(settings: Settings) -> tuple[str, str]:
    """A, which misses half, and B, which misses little, on the same 40 images."""
    dataset = DatasetMaker(train=3, val=40).make(settings)
    weak = EvaluationMaker(dataset=dataset, missed=0.5, seed=1, name="weak").make(settings)
    return weak, EvaluationMaker(dataset=dataset, missed=0.1, seed=2, name="strong").make(settings)


@pytest.fixture
def comparison(settings: Settings, pair: tuple[str, str]) -> Comparison:
    a, b = (open_evaluation(settings, key) for key in pair)
    return compare(a, b)


def test_the_figures_are_those_of_the_two_and_the_better_one_is_named(
    settings: Settings, comparison: Comparison
) -> None:
    measured = differences(settings, comparison, silent, 200)

    name, images, ap, ap50 = measured.rows[0]
    assert (name, images) == ("", 40)
    assert (ap.a, ap.b) == pytest.approx((comparison.a.scores.ap, comparison.b.scores.ap))
    assert comparison.a.scores.ap50 is not None
    assert comparison.b.scores.ap50 is not None
    assert ap50.by.value == pytest.approx(comparison.b.scores.ap50 - comparison.a.scores.ap50)
    assert ap.by.low is not None
    assert ap.by.low > 0
    assert ap.by.above == 1.0
    assert [row[0] for row in measured.rows[1:]] == comparison.a.class_names


def test_swapped_it_is_the_same_with_the_other_sign(settings: Settings, comparison: Comparison) -> None:
    one = differences(settings, comparison, silent, 200).rows[0][2].by
    other = differences(settings, compare(comparison.b, comparison.a), silent, 200).rows[0][2].by

    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))  # type: ignore[operator]
    assert one.above == pytest.approx(1 - other.above)  # type: ignore[operator]


def test_it_is_kept_once_both_have_been_drawn(settings: Settings, comparison: Comparison) -> None:
    assert kept_differences(settings, comparison, 200) is None
    measured = differences(settings, comparison, silent, 200)
    kept = kept_differences(settings, comparison, 200)
    assert kept is not None
    assert kept.rows[0][2].by.value == measured.rows[0][2].by.value


def test_won_and_lost_are_the_objects_that_one_of_the_two_found(comparison: Comparison) -> None:
    moved = comparison.moved(0.5, 0.5)

    a, b = (one.outcomes(0.5, 0.5).truths.set_index("annotation_id")["outcome"] for one in (comparison.a, comparison.b))
    won = set(b.index[(b == "matched") & (a == "missed")])
    lost = set(b.index[(a == "matched") & (b == "missed")])
    assert set(moved.loc[moved["change"] == "won", "annotation_b"]) == won
    assert set(moved.loc[moved["change"] == "lost", "annotation_a"]) == lost
    assert len(won) > len(lost) > 0


def test_the_document_counts_what_it_lists(settings: Settings, comparison: Comparison) -> None:
    document = comparison_summary(comparison, differences(settings, comparison, silent, 100))

    listed = [row["change"] for row in document["objects"]]
    assert (document["won"], document["lost"]) == (listed.count("won"), listed.count("lost"))
    assert sum(row["won"] for row in document["per_class"]) == document["won"]
    assert (document["a"], document["b"], document["images"]) == (comparison.a.id, comparison.b.id, 40)
    assert document["notes"] == []


def test_on_one_image_the_moved_objects_stand_out_under_both(comparison: Comparison) -> None:
    moved = comparison.moved(0.5, 0.5)
    lost = moved[moved["change"] == "lost"].iloc[0]

    under_a, under_b = image_of_both(comparison, int(lost["image_a"]), 0.5, 0.5, moved)

    chosen = [box for box in under_a if box["chosen"] and box["kind"] == "detection"]
    assert int(lost["annotation_a"]) in [box["partner"] for box in chosen]
    (missed,) = [box for box in under_b if box["kind"] == "truth" and box["id"] == lost["annotation_b"]]
    assert missed["chosen"]
    assert missed["score"] is None or missed["score"] < 0.5


def test_different_splits_are_refused_with_a_remedy(settings: Settings) -> None:
    dataset = DatasetMaker(train=5, val=7).make(settings)
    a, b = (
        open_evaluation(settings, EvaluationMaker(dataset=dataset, split=split).make(settings))
        for split in ("train", "val")
    )

    with pytest.raises(AppError, match="different images") as refused:
        compare(a, b)
    assert "same split" in refused.value.remedy


def test_an_evaluation_is_not_compared_with_itself(comparison: Comparison) -> None:
    with pytest.raises(AppError, match="with itself"):
        compare(comparison.a, comparison.a)


def test_changed_labels_are_warned_of_and_the_changed_objects_left_out(
    settings: Settings, pair: tuple[str, str]
) -> None:
    a, b = (open_evaluation(settings, key) for key in pair)
    changed = b.truth.annotations.copy()
    changed.loc[:1, "x1"] -= 3
    write_table(
        Layout(settings.workspace).folder("evaluation", b.id) / "truths.parquet",
        changed.assign(outcome="missed", detection_id=0, found_score=float("nan"), taken_as=-1),
    )

    comparison = compare(a, open_evaluation(settings, b.id))

    (warning,) = comparison.warnings
    assert "4 objects are in only one of the two" in warning
    assert len(comparison.objects) == len(changed) - 2


def test_an_image_that_a_does_not_have_is_refused(comparison: Comparison) -> None:
    with pytest.raises(AppError, match="no image 99999"):
        comparison.image_of_b(99999)
