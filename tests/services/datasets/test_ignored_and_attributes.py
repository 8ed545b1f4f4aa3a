"""Ignored regions and attributes: from a source into a version, its content hash, and its children."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import AppError
from core.labels.imports.plan import content_hash
from core.services import datasets, label_review
from core.services.datasets import ImportOptions, import_dataset, open_version
from core.services.datasets import inspection as inspection_module
from core.services.evaluation import open_evaluation
from core.services.label_review import ACCEPT
from core.settings import Settings
from core.tables import ATTRIBUTES, IGNORED, from_columns, write_table
from core.workspace.datasets import VersionFolder
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.label_issues import LabelIssuesMaker
from tests.factories.progress import silent
from tests.factories.sources import Source, make_image

_CAR = "Car 0.50 2 -1.57 {x} 8.00 {x2} 30.00 1.50 1.60 3.90 1.0 1.5 20.0 -1.5"
_DONT_CARE = "DontCare -1 -1 -10 40.00 30.00 90.00 44.00 -1 -1 -1 -1000 -1000 -1000 -10"


def kitti(folder: Path, images: int = 4) -> Path:
    """Image n of 64 x 48 px holds n cars and, if n is even, a region to ignore that reaches over the right border."""
    (folder / "image_2").mkdir(parents=True)
    (folder / "label_2").mkdir()
    for number in range(images):
        make_image((64, 48), number).save(folder / "image_2" / f"{number:06}.png")
        cars = [_CAR.format(x=4 + 10 * car, x2=12 + 10 * car) for car in range(number)]
        lines = cars + [_DONT_CARE] * (number % 2 == 0)
        (folder / "label_2" / f"{number:06}.txt").write_text("".join(f"{line}\n" for line in lines))
    return folder


def voc(folder: Path) -> Path:
    """Three images with a cat and a dog each; the dog of the first is difficult, and its image was taken at night."""
    (folder / "JPEGImages").mkdir(parents=True)
    (folder / "Annotations").mkdir()
    for number in range(3):
        make_image((64, 48), number).save(folder / "JPEGImages" / f"p{number}.jpg")
        objects = "".join(
            f"<object><name>{name}</name><difficult>{int(name == 'dog' and number == 0)}</difficult><bndbox>"
            f"<xmin>{x}</xmin><ymin>6</ymin><xmax>{x + 20}</xmax><ymax>40</ymax></bndbox></object>"
            for name, x in (("cat", 4), ("dog", 34))
        )
        text = (
            f"<annotation><filename>p{number}.jpg</filename><size><width>64</width><height>48</height><depth>3</depth>"
            f"</size><weather>{'night' if number == 0 else 'day'}</weather>{objects}</annotation>"
        )
        (folder / "Annotations" / f"p{number}.xml").write_text(text)
    return folder


def stored(settings: Settings, source: Path, **options: Any) -> datasets.OpenVersion:
    made = import_dataset(settings, source, ImportOptions(**options), silent, actor=ADA)
    return open_version(settings, made.dataset, made.version)


def test_regions_without_a_class_are_a_table_of_the_version_and_in_no_count(settings: Settings, tmp_path: Path) -> None:
    opened = stored(settings, kitti(tmp_path / "kitti"))
    assert opened.facts["imported"]["annotations"] == len(opened.labels.annotations) == 6
    assert opened.labels.class_names == ["Car"]
    ids = opened.labels.images.set_index("source")["image_id"]
    regions = opened.labels.ignored
    assert list(regions) == list(IGNORED)
    assert regions["image_id"].tolist() == [ids["image_2/000000.png"], ids["image_2/000002.png"]]
    assert regions[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[40, 30, 64, 44]] * 2
    assert set(regions["reason"]) == {"DontCare"}


def test_an_inspection_counts_the_regions_and_an_import_takes_no_object_less(
    settings: Settings, tmp_path: Path
) -> None:
    inspection = datasets.inspect(settings, kitti(tmp_path / "kitti"), ImportOptions(), silent)
    document = inspection.to_json()
    assert document["ignored_regions"] == 2
    assert document["annotations"] == 6
    objects = document["accounts"]["objects"]
    assert (objects["found"], objects["imported"], objects["blocked"]) == (6, 6, 0)


def test_attributes_of_objects_and_images_are_a_table_of_the_version(settings: Settings, tmp_path: Path) -> None:
    labels = stored(settings, voc(tmp_path / "voc")).labels
    assert list(labels.attributes) == list(ATTRIBUTES)
    first = int(labels.images.set_index("source")["image_id"]["JPEGImages/p0.jpg"])
    difficult = labels.attributes[(labels.attributes["name"] == "difficult") & (labels.attributes["value"] == "1")]
    assert difficult["image_id"].tolist() == [first]
    dog = labels.annotations.set_index("annotation_id").loc[difficult["annotation_id"].item()]
    assert (labels.class_names[dog["category_id"]], dog["image_id"]) == ("dog", first)
    of_images = labels.attributes[labels.attributes["annotation_id"] == 0]
    assert set(of_images["name"]) == {"weather"}
    assert of_images.loc[of_images["image_id"] == first, "value"].tolist() == ["night"]


def test_objects_with_an_attribute_are_crowd_regions_on_request(settings: Settings, tmp_path: Path) -> None:
    opened = stored(settings, voc(tmp_path / "voc"), ignore=(("difficult", "1"),))
    objects, attributes = opened.labels.annotations, opened.labels.attributes
    is_difficult = (attributes["name"] == "difficult") & (attributes["value"] == "1")
    difficult = attributes.loc[is_difficult, "annotation_id"].tolist()
    assert objects.loc[objects["is_crowd"], "annotation_id"].tolist() == difficult
    assert len(difficult) == 1
    assert opened.facts["imported"]["annotations"] == len(objects) == 6
    assert opened.facts["options"]["ignore"] == ["difficult=1"]


def test_the_page_offers_attributes_with_few_values_to_ignore_by(settings: Settings, tmp_path: Path) -> None:
    source = voc(tmp_path / "voc")
    for number, path in enumerate(sorted((source / "Annotations").iterdir())):
        text = path.read_text()
        for at in range(2):
            text = text.replace("<difficult>", f"<track>{number}{at}</track><difficult >", 1)
        path.write_text(text.replace("<difficult >", "<difficult>"))
    offered = {}
    for limit in (6, 5):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(inspection_module, "_FEW_VALUES", limit)
            inspection = datasets.inspect(settings, source, ImportOptions(), silent)
            offered[limit] = datasets.attributes_to_ignore(inspection)
    assert offered[5] == {("difficult", "0"): 5, ("difficult", "1"): 1}
    assert {name for name, _ in offered[6]} == {"difficult", "track"}


def test_several_attributes_are_ignored_together(settings: Settings, tmp_path: Path) -> None:
    labels = stored(settings, kitti(tmp_path / "kitti"), ignore=(("occluded", "2"), ("truncated", "0.5"))).labels
    assert labels.annotations["is_crowd"].all()
    assert set(labels.images["use"]) == {"background", "labelled"}


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        (("difficult", "yes"), "Values of 'difficult' are: 0 (5), 1 (1)."),
        (("dificult", "1"), "Objects have: difficult."),
        (("weather", "night"), "Objects have: difficult."),
    ],
    ids=["unknown value", "unknown name", "of images only"],
)
def test_an_attribute_that_no_object_has_is_refused(
    wanted: tuple[str, str], remedy: str, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(AppError, match="No object has the attribute") as refused:
        stored(settings, voc(tmp_path / "voc"), ignore=(wanted,))
    assert refused.value.remedy == remedy
    assert not settings.workspace.exists() or not list(settings.workspace.glob("datasets/*"))


def test_ids_follow_when_classes_and_images_are_left_out(settings: Settings, tmp_path: Path) -> None:
    source = voc(tmp_path / "voc")
    (source / "JPEGImages/p0.jpg").write_bytes(b"no image")
    labels = stored(settings, source, class_map={"cat": ""}, leave_out_blocked=True).labels
    assert labels.class_names == ["dog"]
    of_objects = labels.attributes[labels.attributes["annotation_id"] > 0]
    assert set(of_objects["annotation_id"]) == set(labels.annotations["annotation_id"]) == {1, 2}
    pairs = of_objects[["annotation_id", "image_id"]].drop_duplicates()
    assert pairs["image_id"].tolist() == labels.annotations["image_id"].tolist()
    assert set(labels.attributes["image_id"]) <= set(labels.images["image_id"])


def test_a_version_of_an_earlier_release_has_no_regions_and_no_attributes(settings: Settings, tmp_path: Path) -> None:
    before = stored(settings, Source().write(tmp_path / "source"))
    folder = VersionFolder(Layout(settings.workspace).version(before.dataset, before.version))
    folder.table("ignored").unlink()
    folder.table("attributes").unlink()
    after = open_version(settings, before.dataset)
    assert after.facts["content_hash"] == before.facts["content_hash"] == content_hash(after.labels)
    assert list(after.labels.ignored) == list(IGNORED)
    assert list(after.labels.attributes) == list(ATTRIBUTES)
    assert not len(after.labels.ignored)
    assert not len(after.labels.attributes)


def test_the_content_hash_names_regions_and_attributes_only_where_there_are_any(
    settings: Settings, tmp_path: Path
) -> None:
    plain = stored(settings, Source().write(tmp_path / "source")).labels
    digest = hashlib.sha256()
    for table, columns in (
        (plain.images, ["source"]),
        (plain.annotations, ["source_file", "source_line"]),
        (plain.categories, ["source_id"]),
    ):
        digest.update(table.drop(columns=columns).to_csv(index=False, lineterminator="\n").encode())
    assert content_hash(plain) == digest.hexdigest()
    with_region = replace(plain, ignored=_region())
    with_attribute = replace(plain, attributes=_attribute())
    assert len({content_hash(labels) for labels in (plain, with_region, with_attribute)}) == 3


def test_a_corrected_child_version_has_its_parents_regions_and_attributes(settings: Settings) -> None:
    opened = open_evaluation(settings, LabelIssuesMaker().make(settings))
    reviewed = label_review.review_labels(settings, opened)
    parent = VersionFolder(Layout(settings.workspace).version(reviewed.dataset, "v1"))
    write_table(parent.table("ignored"), _region())
    write_table(parent.table("attributes"), _attribute())
    ids = reviewed.label_issues["suspect_id"].tolist()[:3]
    reviewed = label_review.decide(settings, opened, dict.fromkeys(ids, ACCEPT), actor=ADA)
    made = label_review.make_corrected(settings, reviewed, actor=ADA)
    child = open_version(settings, made.dataset, made.version).labels
    assert child.ignored.equals(_region())
    assert child.attributes.equals(_attribute())


def _region() -> pd.DataFrame:
    return from_columns(IGNORED, {"image_id": [1], "x1": [1], "y1": [2], "x2": [9], "y2": [8], "reason": ["DontCare"]})


def _attribute() -> pd.DataFrame:
    columns = {"image_id": [1, 1], "annotation_id": [0, 1], "name": ["site", "pose"], "value": ["north", "left"]}
    return from_columns(ATTRIBUTES, columns)
