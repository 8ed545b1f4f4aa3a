import pytest

from core.errors import NotFoundError
from core.evaluation.slices.slices import Slice
from core.services.evaluation import (
    ImageFilter,
    OpenEvaluation,
    image_boxes,
    image_rows,
    open_evaluation,
    score_slices,
    slice_words,
    slices_json,
)
from core.settings import Settings
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenEvaluation:
    settings = Settings(workspace=tmp_path_factory.mktemp("slices"))
    dataset = DatasetMaker(train=8, val=12).make(settings)
    key = EvaluationMaker(dataset=dataset, split="all", missed=0.3, mixed_up=0.2, strays=2, seed=3).make(settings)
    return open_evaluation(settings, key)


@pytest.mark.parametrize(
    ("outcome", "name"), [("true_positive", "tp"), ("false_positive", "fp"), ("missed", "fn")], ids=str
)
def test_the_images_of_each_slice_have_exactly_the_boxes_of_its_row(
    opened: OpenEvaluation, outcome: str, name: str
) -> None:
    rows = slices_json(opened, 0.5, 0.5)["slices"]
    assert {row["of"] for row in rows} == {"pictures", "objects"}

    for row in rows:
        chosen = ImageFilter(outcome=outcome, slice=row["slice"])
        images = image_rows(opened, 0.5, 0.5, chosen)
        assert int(images["hits"].sum()) == row[name], row["slice"]
        for image, hits in images[["image_id", "hits"]].itertuples(index=False):
            boxes = image_boxes(opened, image, 0.5, 0.5, chosen)
            kind = "truth" if outcome == "missed" else "detection"
            assert sum(box["chosen"] and box["kind"] == kind for box in boxes) == hits


def test_a_slice_of_images_shows_all_of_them(opened: OpenEvaluation) -> None:
    for row in slices_json(opened, 0.5, 0.5)["slices"]:
        if row["of"] == "pictures":
            assert len(image_rows(opened, 0.5, 0.5, ImageFilter(slice=row["slice"]))) == row["pictures"]


def test_the_difference_is_to_the_f1_of_all(opened: OpenEvaluation) -> None:
    document = slices_json(opened, 0.5, 0.5)

    rows = [row for row in document["slices"] if row["difference"] is not None]
    assert rows
    for row in rows:
        assert row["difference"] == pytest.approx(row["f1"] - document["all"]["f1"])


def test_ap_is_computed_once_and_the_counts_follow_the_score(opened: OpenEvaluation) -> None:
    low, high = score_slices(opened, 0.0, 0.5, "split"), score_slices(opened, 0.95, 0.5, "split")

    def by_key(rows: list[Slice]) -> dict[str, Slice]:
        return {row.part.key: row for row in rows}

    assert set(by_key(low)) == {"split:train", "split:val"}
    for key, row in by_key(low).items():
        assert row.scores is by_key(high)[key].scores
        assert row.counts.tp > by_key(high)[key].counts.tp


def test_a_slice_is_told_in_words(opened: OpenEvaluation) -> None:
    assert slice_words(opened, "split:val") == "Split: val"
    assert slice_words(opened, "split:nowhere") == ""


def test_a_slice_or_slicing_that_there_is_not_is_the_callers_mistake(opened: OpenEvaluation) -> None:
    with pytest.raises(NotFoundError, match="no slicing by 'colour'"):
        score_slices(opened, 0.5, 0.5, "colour")
    with pytest.raises(NotFoundError, match="no slice 'size:huge'"):
        image_rows(opened, 0.5, 0.5, ImageFilter(slice="size:huge"))
