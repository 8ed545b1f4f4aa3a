import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.desk.evaluating import (
    EvaluationRequest,
    PictureFilter,
    evaluate_files,
    image_file,
    list_evaluations,
    open_evaluation,
    picture_boxes,
    picture_rows,
    start_evaluation,
    summary,
    wait_for_evaluation,
)
from core.errors import AppError, NotFoundError
from core.settings import Settings
from core.training.status import Phase
from core.workspace.layout import Layout
from tests.makers.evaluations import make_version, perfect_judge
from tests.makers.results import Results, make_categories, make_detections, make_images, make_truths, random_results
from tests.makers.runs import RunMaker

HERE = [0.0, 0.0, 20.0, 20.0]
THERE = [100.0, 100.0, 20.0, 20.0]  # corner and size, as COCO writes it
NOWHERE = [50.0, 50.0, 20.0, 20.0]


def silent(share: float, what: str) -> None:
    assert 0 <= share <= 1
    assert isinstance(what, str)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "workspace")


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace with one evaluation of two files: three pictures, two classes, each outcome once or twice."""
    settings = Settings(tmp_path_factory.mktemp("by hand") / "workspace")
    evaluate_files(settings, *write_files(settings.workspace.parent), images_dir=settings.workspace.parent)
    return settings


def write_files(folder: Path, **changes: Any) -> tuple[Path, Path]:
    """On picture 1: a dog found, a dog taken for a cat; on 2: a cat missed, a false alarm; on 3: a crowd of cats."""
    truth = {
        "images": [{"id": 10 * key, "file_name": f"p{key}.png", "width": 200, "height": 200} for key in (1, 2, 3)],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 10, "category_id": 1, "bbox": HERE},
            {"id": 2, "image_id": 10, "category_id": 1, "bbox": THERE},
            {"id": 3, "image_id": 20, "category_id": 2, "bbox": HERE},
            {"id": 4, "image_id": 30, "category_id": 2, "bbox": [0, 0, 100, 100], "iscrowd": 1},
        ],
    }
    found = [
        {"image_id": 10, "category_id": 1, "bbox": HERE, "score": 0.9},
        {"image_id": 10, "category_id": 2, "bbox": THERE, "score": 0.8},
        {"image_id": 20, "category_id": 1, "bbox": NOWHERE, "score": 0.7},
        {"image_id": 20, "category_id": 2, "bbox": HERE, "score": 0.3},
        {"image_id": 30, "category_id": 2, "bbox": HERE, "score": 0.6},
    ]
    for name, document in {"truth": truth, "found": found, **changes}.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    for key in (1, 2, 3):
        (folder / f"p{key}.png").touch()
    return folder / "truth.json", folder / "found.json"


def test_the_summary_is_the_contract_of_the_command_line(by_hand: Settings) -> None:
    document = summary(open_evaluation(by_hand, "found on truth"), None, None)
    figures = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100"]
    more = ["score", "iou", "confusion", "ap_at_iou", "causes", "perfect", "repaired", "calibration", "background"]
    assert list(document) == ["evaluation", "images", *figures, "segm", "per_class", *more, "notes"]
    # By hand: right at 0.9 and 0.3, wrong at 0.8 and 0.7; 0.6 lies in a crowd region, so picture 3 is not empty.
    assert document["calibration"]["ece"] == pytest.approx((0.1 + 0.8 + 0.7 + 0.7) / 4)
    assert document["calibration"]["detections"] == 4
    assert document["background"] == {"pictures": 0, "false_alarms": 0, "per_picture": None}
    per_class = ["name", "ap", "ap50", "ap75", "precision", "recall", "f1", "tp", "fp", "fn", "truths"]
    assert [list(row) for row in document["per_class"]] == [per_class] * 2
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["images"], document["score"], document["iou"]) == (3, 0.5, 0.5)
    assert document["confusion"] == {
        "labels": ["dog", "cat", "background"],
        "matrix": [[1, 1, 0], [0, 0, 1], [1, 0, 0]],
    }
    dog, cat = document["per_class"]
    assert [dog[name] for name in ("tp", "fp", "fn", "truths", "precision", "recall")] == [1, 1, 1, 2, 0.5, 0.5]
    assert [cat[name] for name in ("tp", "fp", "fn", "truths", "precision", "recall")] == [0, 1, 1, 1, 0.0, 0.0]


def test_score_and_iou_change_counts_and_never_ap(by_hand: Settings) -> None:
    opened = open_evaluation(by_hand, "found on truth")
    weak, strict = summary(opened, 0.2, 0.5), summary(opened, 0.95, 0.9)
    assert weak["confusion"]["matrix"] == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert strict["confusion"]["matrix"] == [[0, 0, 2], [0, 0, 1], [0, 0, 0]]
    assert weak["ap"] == strict["ap"]
    assert "dog: no counted detection with a score of at least 0.95, so there is no precision." in strict["notes"]


@pytest.mark.parametrize(
    ("chosen", "names", "hits"),
    [
        (PictureFilter(), ["p1.png", "p2.png", "p3.png"], [3, 2, 0]),
        (PictureFilter(sort="name"), ["p1.png", "p2.png", "p3.png"], [3, 2, 0]),
        (PictureFilter(outcome="missed"), ["p1.png", "p2.png"], [1, 1]),
        (PictureFilter(outcome="true_positive"), ["p1.png"], [1]),
        (PictureFilter(category_id=1), ["p1.png", "p2.png"], [1, 1]),
        (PictureFilter(category_id=1, outcome="missed"), ["p2.png"], [1]),
        (PictureFilter(cell=(0, 0)), ["p1.png"], [1]),
        (PictureFilter(cell=(0, 1)), ["p1.png"], [1]),
        (PictureFilter(cell=(1, 2)), ["p2.png"], [1]),
        (PictureFilter(cell=(2, 0)), ["p2.png"], [1]),
        (PictureFilter(cell=(1, 0)), [], []),
        (PictureFilter(text="P3"), ["p3.png"], [0]),
        (PictureFilter(cause="class"), ["p1.png"], [1]),
        (PictureFilter(cause="background"), ["p2.png"], [1]),
        (PictureFilter(cause="missed"), ["p2.png"], [1]),
        (PictureFilter(cause="class", category_id=0), [], []),
    ],
    ids=["all", "by name", "missed", "found", "class", "missed of a class", "diagonal", "mix-up", "missed cell",
         "false alarm cell", "empty cell", "file name", "wrong class", "nothing there", "missed outright",
         "wrong class of another class"],
)  # fmt: skip
def test_pictures_are_chosen_by_what_is_on_them(
    by_hand: Settings, chosen: PictureFilter, names: list[str], hits: list[int]
) -> None:
    rows = picture_rows(open_evaluation(by_hand, "found on truth"), 0.5, 0.5, chosen)
    assert (rows["file_name"].tolist(), rows["hits"].tolist()) == (names, hits)


def test_a_picture_row_counts_its_boxes(by_hand: Settings) -> None:
    rows = picture_rows(open_evaluation(by_hand, "found on truth"), 0.5, 0.5)
    names = ["image_id", "truths", "tp", "fp", "missed", "mistakes"]
    assert rows[names].to_numpy().tolist() == [[1, 2, 1, 1, 1, 2], [2, 1, 0, 1, 1, 2], [3, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("sort", "first"), [("mistakes", "p2.png"), ("missed", "p2.png"), ("false_alarms", "p1.png"), ("name", "p1.png")]
)
def test_pictures_are_sorted_by_their_mistakes(tmp_path: Path, settings: Settings, sort: str, first: str) -> None:
    found = [{"image_id": 10, "category_id": 1, "bbox": NOWHERE, "score": 0.9}]
    box = {"category_id": 1, "area": 400}
    truth = {
        "images": [{"id": 10, "file_name": "p1.png"}, {"id": 20, "file_name": "p2.png"}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [
            {**box, "id": 1, "image_id": 20, "bbox": HERE},
            {**box, "id": 2, "image_id": 20, "bbox": THERE},
        ],
    }
    key = evaluate_files(settings, *write_files(tmp_path, truth=truth, found=found))
    rows = picture_rows(open_evaluation(settings, key), 0.5, 0.5, PictureFilter(sort=sort))
    assert rows["file_name"].iloc[0] == first


def test_unknown_orders_outcomes_and_causes_are_refused(by_hand: Settings) -> None:
    opened = open_evaluation(by_hand, "found on truth")
    for chosen in (PictureFilter(sort="size"), PictureFilter(outcome="fine"), PictureFilter(cause="bad luck")):
        with pytest.raises(AppError) as refused:
            picture_rows(opened, 0.5, 0.5, chosen)
        assert "Choose one of" in refused.value.remedy


def test_the_boxes_of_a_picture_say_what_became_of_them(by_hand: Settings) -> None:
    boxes = picture_boxes(open_evaluation(by_hand, "found on truth"), 1, 0.5, 0.5, PictureFilter(cell=(0, 1)))
    short = [(box["kind"], box["id"], box["outcome"], box["score"], box["partner"], box["chosen"]) for box in boxes]
    assert short == [
        ("truth", 1, "matched_truth", 0.9, 1, False),
        ("truth", 2, "missed", None, None, True),
        ("detection", 1, "true_positive", 0.9, 1, False),
        ("detection", 2, "false_positive", 0.8, 2, True),
    ]
    assert boxes[3] == {
        "id": 2, "kind": "detection", "outcome": "false_positive", "category_id": 1, "name": "cat", "score": 0.8,
        "iou": 0.0, "box": [100.0, 100.0, 120.0, 120.0], "partner": 2, "confused_with": 0, "cause": "class",
        "chosen": True, "meant_for": 2, "overlap": 1.0,
    }  # fmt: skip
    assert [box["outcome"] for box in picture_boxes(open_evaluation(by_hand, "found on truth"), 3, 0.5)] == [
        "ignored"
    ] * 2


@pytest.mark.parametrize("score", [0.0, 0.25, 0.5, 0.75])
def test_the_viewer_can_tell_every_outcome_from_the_score_alone(
    tmp_path: Path, settings: Settings, score: float
) -> None:
    results = random_results(5, images=4, crowd=0.2)
    key = evaluate_files(settings, *write_results(tmp_path, results))
    opened = open_evaluation(settings, key)
    for row in picture_rows(opened, score, 0.5).itertuples():
        boxes = picture_boxes(opened, int(row.image_id), 0.5)
        shown = [box for box in boxes if box["kind"] == "detection" and box["score"] >= score]
        truths = [box for box in boxes if box["kind"] == "truth" and box["outcome"] != "ignored"]
        missed = [box for box in truths if box["score"] is None or box["score"] < score]
        counted = [sum(box["outcome"] == name for box in shown) for name in ("true_positive", "false_positive")]
        assert [*counted, len(missed), len(truths)] == [row.tp, row.fp, row.missed, row.truths]


def write_results(folder: Path, results: Results) -> tuple[Path, Path]:
    """The tables as COCO files."""
    boxes = {}
    for name, table in (("truth", results.annotations), ("found", results.detections)):
        records = table.drop(columns=["segmentation", "source_file"], errors="ignore").to_dict("records")
        boxes[name] = [
            {**row, "bbox": [row["x1"], row["y1"], row["x2"] - row["x1"], row["y2"] - row["y1"]]} for row in records
        ]
    truth = {
        "images": [{"id": key, "file_name": f"p{key}.png"} for key in results.images["image_id"].tolist()],
        "categories": [{"id": key, "name": f"class {key}"} for key in results.categories["category_id"].tolist()],
        "annotations": [{**row, "iscrowd": int(row["is_crowd"])} for row in boxes["truth"]],
    }
    return write_files(folder, truth=truth, found=boxes["found"])


def test_a_csv_and_a_coco_file_of_the_same_boxes_give_an_equal_evaluation(tmp_path: Path, settings: Settings) -> None:
    """Reference: the COCO result file, whose reading has tests of its own."""
    truth, found = write_results(tmp_path, random_results(11, images=20, crowd=0.1))
    lines = [
        f"p{row['image_id']}.png\tclass {row['category_id']}\t{row['score']!r}\t" + "\t".join(map(repr, row["bbox"]))
        for row in json.loads(found.read_text())
    ]
    table = tmp_path / "found.tsv"
    table.write_text("\n".join(["File name\tLabel\tConfidence\tx\ty\tw\th", *lines]))
    documents = []
    for detections in (found, table):
        document = summary(open_evaluation(settings, evaluate_files(settings, truth, detections)))
        documents.append({name: value for name, value in document.items() if name != "evaluation"})
    assert documents[0]["ap"] > 0.1
    assert documents[1] == documents[0]


def test_pictures_are_found_only_below_their_folder(tmp_path: Path, settings: Settings) -> None:
    truth = {
        "images": [{"id": 1, "file_name": "p1.png"}, {"id": 2, "file_name": "../secret"}, {"id": 3, "file_name": "\0"}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [],
    }
    (tmp_path / "secret").touch()
    (tmp_path / "pictures").mkdir()
    files = write_files(tmp_path / "pictures", truth=truth, found=[])
    opened = open_evaluation(settings, evaluate_files(settings, *files, images_dir=tmp_path / "pictures"))
    assert image_file(settings, opened, 1) == tmp_path / "pictures" / "p1.png"
    for image_id in (2, 3, 4):
        with pytest.raises(NotFoundError):
            image_file(settings, opened, image_id)
    bare = open_evaluation(settings, evaluate_files(settings, *files))
    with pytest.raises(NotFoundError, match="were not given"):
        image_file(settings, bare, 1)


def test_files_that_do_not_fit_leave_nothing_behind(tmp_path: Path, settings: Settings) -> None:
    truth, found = write_files(tmp_path, found=[{"image_id": 99, "category_id": 1, "bbox": HERE, "score": 0.5}])
    for options in ({}, {"iou": 1.5}, {"score": -0.1}, {"images_dir": tmp_path / "nowhere"}):
        with pytest.raises(AppError):
            evaluate_files(settings, truth, found, **options)
    assert list_evaluations(settings) == []
    assert not list(settings.workspace.glob("evaluations/*"))


class TestOfARun:
    """Evaluations in a process of their own; a stand-in judges, because the worker needs torch and minutes."""

    @pytest.fixture
    def workspace(self, settings: Settings) -> Settings:
        results = random_results(7, images=10, truths=4)
        results = results.with_(images=results.images.assign(split=["train"] * 4 + ["val"] * 6))
        make_version(settings, "cells", results)
        RunMaker(dataset="cells", classes=("class a", "class b", "class c")).make(settings)
        return settings

    def test_it_goes_from_request_to_result(self, workspace: Settings) -> None:
        key = start_evaluation(workspace, EvaluationRequest("first look", iou=0.7), perfect_judge())
        wait_for_evaluation(workspace, key, silent)
        opened = open_evaluation(workspace, key)
        document = summary(opened, None, None)
        assert (document["ap"], document["images"], document["iou"]) == (1.0, 6, 0.7)
        assert opened.request["split"] == "val"
        assert image_file(workspace, opened, 5).name == "picture 5.png"
        (row,) = list_evaluations(workspace)
        assert (row.id, row.name, row.phase, row.ap, row.images) == (
            key,
            "first look on cells, val",
            Phase.FINISHED,
            1,
            6,
        )
        assert (row.dataset, row.version, row.split, row.checkpoint) == ("cells", "v1", "val", "best")

    def test_the_workspace_can_be_moved(self, workspace: Settings, tmp_path: Path) -> None:
        key = start_evaluation(workspace, EvaluationRequest("first look"), perfect_judge())
        wait_for_evaluation(workspace, key, silent)
        moved = Settings(tmp_path / "elsewhere")
        shutil.move(workspace.workspace, moved.workspace)
        opened = open_evaluation(moved, key)
        assert image_file(moved, opened, 5).is_relative_to(moved.workspace)

    def test_a_failure_is_told_with_its_remedy(self, workspace: Settings) -> None:
        key = start_evaluation(workspace, EvaluationRequest("first look"), perfect_judge(PERFECT_JUDGE_FAILS="1"))
        with pytest.raises(AppError, match="is failed: The model is a teapot") as failed:
            wait_for_evaluation(workspace, key, silent)
        assert failed.value.remedy == "Use another one."
        assert list_evaluations(workspace)[0].phase is Phase.FAILED
        with pytest.raises(AppError, match="no result yet"):
            open_evaluation(workspace, key)

    def test_another_data_set_is_joined_by_class_names(self, workspace: Settings) -> None:
        truths = make_truths([(1, 0, (0, 0, 20, 20), False)])
        other = Results(make_images(1), truths, make_categories("class b"), make_detections([]))
        make_version(workspace, "others", other)
        make_version(workspace, "others", other, "v2")
        key = start_evaluation(workspace, EvaluationRequest("first look", dataset="others"), perfect_judge())
        wait_for_evaluation(workspace, key, silent)
        assert (list_evaluations(workspace)[0].dataset, list_evaluations(workspace)[0].version) == ("others", "v2")

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"run": "nobody"}, "no run 'nobody'"),
            ({"split": "test"}, "no labelled picture in the split 'test'"),
            ({"split": "some"}, "no split 'some'"),
            ({"dataset": "nothing"}, "no data set 'nothing'"),
            ({"version": "v9"}, "no version 'v9'"),
            ({"checkpoint": "17"}, "no checkpoint '17'"),
            ({"score": 1.2}, "score threshold is 1.2"),
            ({"iou": 0.0}, "IoU threshold is 0"),
        ],
        ids=["run", "split", "word", "data set", "version", "checkpoint", "score", "iou"],
    )
    def test_a_request_that_cannot_be_met_starts_nothing(
        self, workspace: Settings, changes: dict[str, Any], complaint: str
    ) -> None:
        with pytest.raises(AppError, match=complaint):
            start_evaluation(workspace, EvaluationRequest(**{"run": "first look", **changes}), perfect_judge())
        assert list_evaluations(workspace) == []

    def test_an_evaluation_whose_start_was_cut_off_is_lost(self, workspace: Settings) -> None:
        key = start_evaluation(workspace, EvaluationRequest("first look"), perfect_judge())
        wait_for_evaluation(workspace, key, silent)
        folder = Layout(workspace.workspace).one("evaluation", key)
        for name in ("status.json", "request.json", "scores.json"):
            (folder / name).unlink()
        (row,) = list_evaluations(workspace)
        assert (row.phase, row.run, row.ap) == (Phase.LOST, "", None)
        with pytest.raises(AppError, match="is lost"):
            wait_for_evaluation(workspace, key, silent)


def test_a_perfect_matrix_is_a_diagonal(tmp_path: Path, settings: Settings) -> None:
    results = random_results(8, crowd=0.0)
    truth, _ = write_results(tmp_path, results)
    found = [{**row, "score": 1} for row in json.loads(truth.read_text())["annotations"]]
    (tmp_path / "found.json").write_text(json.dumps(found))
    document = summary(open_evaluation(settings, evaluate_files(settings, truth, tmp_path / "found.json")))
    matrix = np.array(document["confusion"]["matrix"])
    assert matrix.sum() == np.trace(matrix) == len(results.annotations)
    assert document["ap"] == 1.0
