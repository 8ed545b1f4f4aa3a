"""Each kind of JSON is claimed by its own reader alone, wherever its keys are and however long its lists."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.labels.formats.coco import reader as coco
from core.labels.formats.datumaro import reader as datumaro
from core.labels.formats.detectron2 import reader as detectron2
from core.labels.formats.labelstudio import reader as labelstudio
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree

READERS = (coco, datumaro, detectron2, labelstudio)
MANY = 4_000
IMAGE = {"id": 1, "file_name": "a.jpg", "width": 80, "height": 60}
BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 3, 4, 5, 6]]}
CLASS = {"id": 1, "name": "cat"}
RECORD = {"file_name": "a.jpg", "height": 60, "width": 80, "image_id": 1}
D2_BOX = {"bbox": [1, 2, 3, 4], "bbox_mode": 0, "category_id": 0}
ITEM = {
    "id": "a",
    "annotations": [{"id": 0, "type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4]}],
    "image": {"path": "a"},
}
LABELS = {"label": {"labels": [{"name": "cat"}], "label_groups": []}}
REGION = {"type": "rectanglelabels", "from_name": "label", "value": {"x": 1, "rectanglelabels": ["cat"]}}
TASK = {"id": 1, "data": {"image": "a.jpg"}}
VIA_REGION = {"shape_attributes": {"name": "rect", "x": 1}, "region_attributes": {"class": "cat"}}

SAMPLES: dict[str, tuple[Any, str]] = {
    "COCO": ({"images": [IMAGE], "annotations": [BOX], "categories": [CLASS]}, "coco"),
    "COCO, classes first": ({"categories": [CLASS], "images": [IMAGE] * MANY, "annotations": [BOX] * MANY}, "coco"),
    "COCO, objects first": ({"annotations": [BOX] * MANY, "categories": [CLASS], "images": [IMAGE] * MANY}, "coco"),
    "COCO, long classes": ({"annotations": [BOX] * MANY, "categories": [CLASS] * MANY, "images": []}, "coco"),
    "LVIS": ({"annotations": [BOX] * MANY, "images": [IMAGE] * MANY, "categories": [CLASS] * MANY}, "coco"),
    "COCO captions": ({"images": [IMAGE] * MANY, "annotations": [{"image_id": 1, "caption": "A cat."}]}, "coco"),
    "COCO results": ([{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}] * MANY, "coco"),
    "COCO panoptic": ({"annotations": [{"image_id": 1, "segments_info": []}] * MANY, "x": "y" * MANY * 20}, "coco"),
    "Detectron2": ([{**RECORD, "annotations": [D2_BOX]}] * MANY, "detectron2"),
    "Detectron2, objects first": ([{"annotations": [D2_BOX], **RECORD}], "detectron2"),
    "Detectron2 without objects": ([{**RECORD, "annotations": []}], "detectron2"),
    "Datumaro": ({"dm_format_version": "1.0", "infos": {}, "categories": LABELS, "items": [ITEM] * MANY}, "datumaro"),
    "Datumaro, items first": ({"items": [ITEM] * MANY, "categories": LABELS}, "datumaro"),
    "Label Studio": ([{**TASK, "annotations": [{"id": 1, "result": [REGION]}]}] * MANY, "labelstudio"),
    "Label Studio, data last": ([{"annotations": [{"id": 1, "result": [REGION] * MANY}], **TASK}], "labelstudio"),
    "Label Studio, old": ([{**TASK, "completions": [{"id": 1, "result": []}]}], "labelstudio"),
    "Label Studio, min": ([{"image": "a.jpg", "label": [REGION["value"]]}], "labelstudio"),
    "LabelMe": ({"version": "5.0", "shapes": [{"label": "cat", "points": [[1, 2]]}], "imagePath": "a.jpg"}, ""),
    "VIA 1": ({"a.jpg1": {"filename": "a.jpg", "regions": {"0": VIA_REGION}, "fileref": ""}}, ""),
    "VIA 2": ({"_via_settings": {}, "_via_img_metadata": {"a.jpg1": {"regions": [VIA_REGION]}}}, ""),
    "VIA 3": ({"project": {}, "config": {}, "attribute": {}, "file": {}, "metadata": {}, "view": {}}, ""),
    "VoTT": ({"name": "x", "tags": [{"name": "cat"}], "assets": {"1": {"asset": {}, "regions": []}}}, ""),
    "CreateML": ([{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {"x": 1}}]}], ""),
    "a package": ({"name": "x", "version": "1", "dependencies": {}}, ""),
    "an address list": ([{"id": 1, "name": "x", "data": {}}], ""),
    "GeoJSON": ({"type": "FeatureCollection", "features": []}, ""),
}


@pytest.mark.parametrize("indent", [None, 1], ids=["dense", "indented"])
@pytest.mark.parametrize(("content", "format_id"), SAMPLES.values(), ids=SAMPLES.keys())
def test_a_file_is_claimed_by_one_reader_at_most(
    tmp_path: Path, content: Any, format_id: str, indent: int | None
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content, indent=indent))
    sample = take_sample(SourceTree.walk(tmp_path), "a.json")
    assert [reader.FORMAT_ID for reader in READERS if reader.claim(sample)] == ([format_id] if format_id else [])


def test_every_reader_reads_a_file_of_any_other_without_an_exception(tmp_path: Path) -> None:
    for name, (content, _) in SAMPLES.items():
        cut = content[:3] if isinstance(content, list) else content
        (tmp_path / f"{name}.json").write_text(json.dumps(cut))
    tree = SourceTree.walk(tmp_path)
    for reader in READERS:
        for file in tree.with_suffix(".json"):
            written = reader.read(tree, [file])
            assert len(written.values) == 4 * len(written.token)
