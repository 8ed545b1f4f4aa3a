"""Layouts written by us after the schema that the tool publishes; the schema stands beside each of them."""

from pathlib import Path

import pytest

from core.labels.imports.archive import unpack
from core.settings import Limits
from tests.factories.app.uploads import zip_of
from tests.labels.layouts.layout import (
    Layout,
    below,
    blocked,
    differences,
    facts_expected,
    facts_of,
    files_of,
    read_folder,
    write_layout,
)
from tests.labels.layouts.published import (
    coco,
    cvat,
    datumaro,
    detectron2,
    kitti,
    labelme,
    labelstudio,
    paths,
    several,
    tables,
    text,
    via,
    voc,
    vott,
    yolo,
    yolo_rows,
)
from tests.labels.layouts.referees.fixtures import fixtures

FAMILIES = {
    "YOLO": yolo.LAYOUTS,
    "YOLO rows": yolo_rows.LAYOUTS,
    "text": text.LAYOUTS,
    "COCO": coco.LAYOUTS,
    "VOC": voc.LAYOUTS,
    "LabelMe": labelme.LAYOUTS,
    "CVAT": cvat.LAYOUTS,
    "VIA": via.LAYOUTS,
    "CSV": tables.LAYOUTS,
    "KITTI": kitti.LAYOUTS,
    "VoTT": vott.LAYOUTS,
    "Label Studio": labelstudio.LAYOUTS,
    "Detectron2": detectron2.LAYOUTS,
    "Datumaro": datumaro.LAYOUTS,
    "several": several.LAYOUTS,
    "paths": paths.LAYOUTS,
}
LAYOUTS: dict[str, Layout] = {
    f"{family}: {name}": layout for family, layouts in FAMILIES.items() for name, layout in layouts.items()
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_as_its_schema_says(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    reading = read_folder(write_layout(tmp_path / "source", layout))
    assert blocked(reading) == []
    assert differences(reading, layout) == ""
    assert facts_of(reading) == facts_expected(layout)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_in_a_zip_below_two_folders_is_read_the_same(name: str, tmp_path: Path) -> None:
    layout = below(LAYOUTS[name], "download/my pets (1)")
    unpack(zip_of(tmp_path / "pets.zip", files_of(layout)), tmp_path / "source", Limits())
    reading = read_folder(tmp_path / "source")
    assert blocked(reading) == []
    assert differences(reading, layout) == ""
    assert facts_of(reading) == facts_expected(layout)


def test_at_least_60_layouts_are_in_the_tables() -> None:
    assert len(LAYOUTS) + len(fixtures()) >= 60
