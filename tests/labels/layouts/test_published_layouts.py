"""Layouts written by us after the schema that the tool publishes; the schema stands beside each of them."""

from pathlib import Path

import pytest

from tests.labels.layouts.layout import (
    Layout,
    blocked,
    differences,
    facts_expected,
    facts_of,
    read_folder,
    write_layout,
)
from tests.labels.layouts.published import coco, cvat, json_tools, kitti, several, tables, via, voc, yolo

FAMILIES = {
    "YOLO": yolo.LAYOUTS,
    "COCO": coco.LAYOUTS,
    "VOC": voc.LAYOUTS,
    "LabelMe": json_tools.LABELME,
    "CVAT": cvat.LAYOUTS,
    "VIA": via.LAYOUTS,
    "CSV": tables.LAYOUTS,
    "KITTI": kitti.LAYOUTS,
    "VoTT": json_tools.VOTT,
    "Label Studio": json_tools.LABEL_STUDIO,
    "Detectron2": json_tools.DETECTRON2,
    "Datumaro": json_tools.DATUMARO,
    "several": several.LAYOUTS,
}
LAYOUTS: dict[str, Layout] = {
    f"{family}: {name}": layout for family, layouts in FAMILIES.items() for name, layout in layouts.items()
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_layout_is_read_as_its_schema_says(layout: Layout, tmp_path: Path) -> None:
    reading = read_folder(write_layout(tmp_path / "source", layout))
    assert blocked(reading) == []
    assert differences(reading, layout) == ""
    assert facts_of(reading) == facts_expected(layout)
