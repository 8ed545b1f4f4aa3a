"""The report's data against the tables of the evaluation; its size; what it may be written over."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import AppError, SealedError
from core.services.evaluation import (
    ImageFilter,
    error_bars,
    evaluate_files,
    image_rows,
    open_evaluation,
    open_seal,
    summarise,
)
from core.services.html_report import Report, ReportRequest, make_report, write_report
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.coco_files import write_files
from tests.factories.evaluated import EvaluationMaker
from tests.factories.progress import silent
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker
from tests.services.evaluation.test_attributes import evaluate_voc


def data_of(report: Report) -> dict[str, Any]:
    block = report.html.decode().split('id="data">')[1].split("</script>")[0]
    return json.loads(block)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(workspace=tmp_path_factory.mktemp("report") / "workspace")


@pytest.fixture(scope="module")
def key(settings: Settings) -> str:
    dataset = DatasetMaker(train=2, val=40).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    return EvaluationMaker(dataset=dataset, run=run, missed=0.3, mixed_up=0.3, strays=1, seed=3).make(settings)


def made(settings: Settings, key: str, **asked: Any) -> dict[str, Any]:
    return data_of(
        make_report(
            settings, open_evaluation(settings, key), ReportRequest(**{"score": 0.5, "iou": 0.5} | asked), silent
        )
    )


def dense(document: dict[str, Any], step: int) -> list[list[int]]:
    size = len(document["classes"]) + 1
    matrix = [[0] * size for _ in range(size)]
    for row, column, counts in document["confusion"]:
        matrix[row][column] = counts[step]
    return matrix


def test_matrix_and_causes_at_every_score_are_those_of_the_command_line(settings: Settings, key: str) -> None:
    opened, document = open_evaluation(settings, key), made(settings, key, iou=0.6)

    for score in (0.0, 0.31, 0.5, 0.97):
        expected, step = summarise(opened, score, 0.6), document["scores"].index(score)
        assert dense(document, step) == expected["confusion"]["matrix"]
        shown = [
            (row["cause"], row["counts"][step], row["objects"][step], row["delta_ap"]) for row in document["causes"]
        ]
        assert shown == [(row["cause"], row["count"], row["objects"], row["delta_ap"]) for row in expected["causes"]]
        assert document["ap_at_iou"] == expected["ap_at_iou"]
    assert [row["value"] for row in document["figures"]] == [
        expected[name] for name in ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100")
    ]
    assert [row["ap75"] for row in document["per_class"]] == [row["ap75"] for row in expected["per_class"]]
    assert document["notes"] == summarise(opened, 0.5, 0.6)["notes"]


def test_the_head_says_what_was_evaluated(settings: Settings, key: str) -> None:
    opened = open_evaluation(settings, key)

    facts = dict(made(settings, key)["facts"])

    assert facts["Run"].endswith(f"({opened.spec.run})")
    assert facts["Data set"] == "shapes, v1"
    assert (facts["Checkpoint"], facts["Split"]) == ("best", "val")
    assert {"Evaluated", "Report made"} <= facts.keys()


def test_the_images_are_those_with_most_mistakes_and_hold_all_their_boxes(settings: Settings, key: str) -> None:
    opened = open_evaluation(settings, key)

    document = made(settings, key, images=7)

    rows = image_rows(opened, 0.5, 0.5).head(7)
    assert [image["id"] for image in document["pictures"]] == rows["image_id"].tolist()
    assert document["images"] == 40
    assert document["choice"] == "7 of 40 images are in this report, most mistakes first at score 0.5."
    for image in document["pictures"]:
        for table, name, column in (
            (opened.detections, "found", "detection_id"),
            (opened.truth.annotations, "truths", "annotation_id"),
        ):
            ids = table.loc[table["image_id"] == image["id"], column]
            assert sorted(row[0] for row in image[name]) == sorted(ids)
        shown = Image.open(io.BytesIO(base64.b64decode(image["jpeg"])))
        assert (shown.format, shown.size) == ("JPEG", (96, 96))


def test_a_filter_chooses_the_images_and_is_where_the_report_opens(settings: Settings, key: str) -> None:
    chosen = ImageFilter(cell=(0, 1), sort="name", text="1")

    document = made(settings, key, filter=chosen)

    rows = image_rows(open_evaluation(settings, key), 0.5, 0.5, chosen)
    assert 0 < len(rows) < 40
    assert [image["id"] for image in document["pictures"]] == rows["image_id"].tolist()
    assert document["start"] == {"cell": [0, 1], "cause": "", "class": -1, "outcome": "", "sort": "name"}
    assert "'1' in the name" in document["choice"]


def test_an_attribute_chooses_the_images_and_is_said(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    document = made(
        settings, evaluate_voc(settings, tmp_path / "voc"), filter=ImageFilter(attribute="difficult", value="1")
    )
    assert [image["file"].rpartition("/")[2] for image in document["pictures"]] == ["p0.jpg"]
    assert "(that have difficult: 1: 1)" in document["choice"]


def test_error_bars_are_in_it_once_somebody_has_computed_them(settings: Settings, key: str) -> None:
    before = made(settings, key, images=0)
    bars = error_bars(settings, open_evaluation(settings, key), silent, actor=ADA)
    after = made(settings, key, images=0)

    assert (before["class_bars"], before["figures"][0]["bar"]) == (None, None)
    assert after["figures"][0]["bar"] == bars.together.ap.to_json()
    assert after["class_bars"] == [one.ap.to_json() for one in bars.per_class]


def test_what_cannot_be_computed_says_why(settings: Settings, tmp_path: Path) -> None:
    evaluation = evaluate_files(settings, *write_files(tmp_path), images_dir=tmp_path, actor=ADA)

    document = made(settings, evaluation)

    small, large = document["figures"][3], document["figures"][5]
    assert small["value"] is not None
    assert (large["value"], large["why"]) == (None, "no large object in these images")
    # The factory's image files are empty.
    assert [image["jpeg"] for image in document["pictures"]] == [None] * 3
    assert "cannot be read" in document["pictures"][0]["why"]
    assert dict(document["facts"])["Detections"] == "found.json"


def test_without_images_the_boxes_are_there_and_the_reason(settings: Settings, tmp_path: Path) -> None:
    document = made(settings, evaluate_files(settings, *write_files(tmp_path), actor=ADA))

    assert document["pictures"][0]["why"] == "The images of this evaluation were not given."
    assert document["pictures"][0]["truths"]


@pytest.mark.long
def test_a_hundred_large_images_of_noise_stay_below_15_mb(tmp_path: Path) -> None:
    """Noise makes the largest JPEGs. The 100 images are one file under 100 names."""
    settings = Settings(workspace=tmp_path / "workspace")
    dataset = DatasetMaker(train=2, val=100).make(settings)
    key = EvaluationMaker(dataset=dataset, strays=8).make(settings)
    opened = open_evaluation(settings, key)
    assert opened.images_folder is not None
    noise = tmp_path / "noise.jpg"
    pixels = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(noise, quality=95)
    assert noise.stat().st_size > 2_000_000
    for path in opened.images_folder.iterdir():
        path.unlink()
        path.hardlink_to(noise)

    report = make_report(settings, opened, ReportRequest(score=0.5, iou=0.5), silent)

    assert len(report.html) < 15_000_000
    # And the limit is used.
    assert len(report.html) > 10_000_000
    assert (report.images, report.of, report.scaled, report.absent) == (100, 100, 100, 0)
    shown = data_of(report)["pictures"][0]["shown"]
    assert shown[0] / shown[1] == pytest.approx(4 / 3, abs=0.02)


def test_a_report_replaces_an_earlier_one_and_nothing_else(settings: Settings, key: str, tmp_path: Path) -> None:
    opened, out = open_evaluation(settings, key), tmp_path / "new folder" / "report.html"
    first = write_report(settings, opened, ReportRequest(score=0.5, iou=0.5, images=1), out, silent)
    assert first["bytes"] == out.stat().st_size

    second = write_report(settings, opened, ReportRequest(score=0.5, iou=0.5, images=3), out, silent)
    assert second["bytes"] == out.stat().st_size > first["bytes"]

    mine = tmp_path / "mine.html"
    mine.write_text("<title>Mine</title>")
    for other in (mine, tmp_path):
        with pytest.raises(AppError, match="not a report"):
            write_report(settings, opened, ReportRequest(score=0.5, iou=0.5), other, silent)
    assert mine.read_text() == "<title>Mine</title>"


def test_a_place_that_cannot_be_written_to_is_the_users_mistake(settings: Settings, key: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AppError, match="cannot be"):
        write_report(
            settings,
            open_evaluation(settings, key),
            ReportRequest(score=0.5, iou=0.5),
            tmp_path / "file" / "a.html",
            silent,
        )


@pytest.mark.parametrize(
    "asked",
    [
        {"images": -1},
        {"images": 501},
        {"score": 1.5},
        {"iou": 0.0},
        {"filter": ImageFilter(outcome="lucky")},
        {"filter": ImageFilter(slice="size:huge")},
    ],
    ids=str,
)
def test_what_cannot_be_asked_for_is_said(settings: Settings, key: str, asked: dict[str, Any]) -> None:
    with pytest.raises(AppError) as caught:
        made(settings, key, **asked)
    assert caught.value.remedy


def test_sealed_scores_give_no_report_and_opened_ones_say_how_often(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path / "workspace")
    dataset = DatasetMaker(train=2, val=2, test=4).make(settings)
    sealed = EvaluationMaker(dataset=dataset, split="test").make(settings)
    with pytest.raises(SealedError):
        open_evaluation(settings, sealed)

    open_seal(settings, sealed, actor=ADA)

    assert "were opened 1 time so far" in made(settings, sealed)["seal"]
