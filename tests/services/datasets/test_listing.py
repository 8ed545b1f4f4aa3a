"""Listing, opening, images and filters of imported data sets."""

from pathlib import Path

import pytest
from PIL import Image

from core.errors import AppError, NotFoundError
from core.services import datasets
from core.services.datasets import (
    ImportOptions,
    filter_images,
    finding_image,
    import_dataset,
    inspect,
    open_version,
    stored_finding_image,
)
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.sources import Source

LABELS = {
    "a": ["cat 4 4 24 24"],
    "b": ["cat 4 4 24 24", "dog 2 2 60 44", "dog 0 0 3 30"],
    "c": ["dog 10 10 70 40"],
    "d": ["dog 4 4 24 24", "cat 4 4 24 24"],
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("datasets")
    settings = Settings(workspace=folder / "workspace")
    source = Source(LABELS, unlabelled=("e",)).write(folder / "source")
    import_dataset(settings, source, ImportOptions(name="Tiny <b>", split="60/40"), lambda *_: None, actor=ADA)
    return settings


def test_a_data_set_is_listed_with_its_latest_version(settings: Settings) -> None:
    (summary,) = datasets.list_datasets(settings)
    assert (summary.name, summary.version, summary.images, summary.annotations) == ("Tiny <b>", "v1", 5, 7)
    assert summary.id.startswith("tiny-b-")
    # The image without a label is in no split (rule 6).
    assert summary.splits == {"train": 2, "val": 2, "test": 0}
    assert datasets.describe_dataset(settings, "Tiny <b>")["versions"][0]["format"] == "text"


@pytest.mark.parametrize(
    ("filters", "stems"),
    [
        pytest.param({}, "abcde", id="all, by name"),
        pytest.param({"classes": ["cat"]}, "abd", id="by class"),
        pytest.param({"size": "large"}, "", id="no large object"),
        pytest.param({"size": "medium"}, "bc", id="by size"),
        pytest.param({"classes": ["cat"], "size": "medium"}, "", id="the object must be of class and size"),
        pytest.param({"finding": "over-border"}, "c", id="by finding"),
        pytest.param({"text": "IMAGES/B"}, "b", id="by name, any case"),
        pytest.param({"text": ".*"}, "", id="text is no pattern"),
        pytest.param({"sort": "most objects"}, "bdace", id="most objects first"),
        pytest.param({"sort": "fewest objects"}, "eacdb", id="fewest first"),
        pytest.param({"sort": "smallest object"}, "badce", id="smallest first"),
    ],
)
def test_images_are_filtered(filters: dict[str, object], stems: str, settings: Settings) -> None:
    opened = open_version(settings, "Tiny <b>")
    sources = opened.labels.images.set_index("image_id")["source"]
    ids = filter_images(opened, **filters)  # type: ignore[arg-type]
    assert "".join(Path(sources[image_id]).stem for image_id in ids) == stems


def test_an_unknown_order_is_refused(settings: Settings) -> None:
    with pytest.raises(AppError):
        filter_images(open_version(settings, "Tiny <b>"), sort="by heart")


def test_a_thumbnail_is_made_once_in_one_of_a_few_sizes(settings: Settings) -> None:
    (summary,) = datasets.list_datasets(settings)
    first = datasets.thumbnail(settings, summary.id, "v1", 1, 33)
    made = first.stat().st_mtime_ns
    assert datasets.thumbnail(settings, summary.id, "v1", 1, 64) == first
    assert first.stat().st_mtime_ns == made
    with Image.open(first) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))


@pytest.mark.parametrize(
    ("dataset", "version", "image_id"),
    [
        ("none", "v1", 1),
        ("..", "v1", 1),
        ("../datasets/tiny", "v1", 1),
        ("", "v2", 1),
        ("", "../v1", 1),
        ("", "v1", 99),
    ],
)
def test_an_image_that_is_not_there_is_not_found(dataset: str, version: str, image_id: int, settings: Settings) -> None:
    (summary,) = datasets.list_datasets(settings)
    with pytest.raises(NotFoundError):
        datasets.image_path(settings, dataset or summary.id, version, image_id)


def test_findings_are_a_table_that_a_spreadsheet_cannot_run(settings: Settings) -> None:
    opened = open_version(settings, "Tiny <b>")
    opened.findings.loc[0, "message"] = "=HYPERLINK(1)"
    text = datasets.findings_csv(opened).decode("utf-8-sig")
    assert len(text.splitlines()) == len(opened.findings) + 1
    assert "'=HYPERLINK(1)" in text


def test_a_finding_is_shown_with_its_box_before_and_after_the_import(settings: Settings, tmp_path: Path) -> None:
    inspection = inspect(settings, Source(LABELS).write(tmp_path / "source"), ImportOptions(), lambda *_: None)
    border = next(finding for finding in inspection.findings if finding.check == "over-border")
    before = finding_image(inspection, border)
    opened = open_version(settings, "Tiny <b>")
    after = stored_finding_image(opened, opened.findings.query("check == 'over-border'").iloc[0])
    assert before[:2] == after[:2] == b"\xff\xd8"
    assert before == after
