"""The import of real labels: blood cells where they lie beside the clone, else a made set with their faults."""

import shutil
from pathlib import Path

import pytest

from core.services.datasets import ImportOptions, import_dataset
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.factories.sources import make_image

BCCD = Path(__file__).parents[4] / "shared" / "data" / "bccd"


def blood_cells(tmp_path: Path) -> Path:
    """The real BCCD set where it lies beside the clone, else a made one with the same layout and faults."""
    target = tmp_path / "bccd"
    if BCCD.is_dir():
        shutil.copytree(BCCD, target)
        return target
    for folder in ("Annotations", "ImageSets/Main", "JPEGImages"):
        (target / folder).mkdir(parents=True)
    names = [f"BloodImage_{number:05d}" for number in range(292)]
    # 3,943 = 292 * 13 + 147 objects; two of them without an area.
    counts = [14] * 147 + [13] * 145
    for seed, (name, count) in enumerate(zip(names, counts, strict=True)):
        make_image((64, 48), seed).save(target / "JPEGImages" / f"{name}.jpg")
        kinds = ["WBC", "Platelets"] + ["RBC"] * (count - 2)
        boxes = [(4 * k + 1, 5, 4 * k + 9, 20) for k in range(count)]
        if name in ("BloodImage_00238", "BloodImage_00243"):
            boxes[-1] = (60, 30, 60, 30)
        objects = "".join(
            f"<object><name>{kind}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
            "</bndbox></object>"
            for kind, (x1, y1, x2, y2) in zip(kinds, boxes, strict=True)
        )
        (target / "Annotations" / f"{name}.xml").write_text(
            f"<annotation><filename>{name}.jpg</filename><size><width>64</width><height>48</height></size>"
            f"{objects}</annotation>"
        )
    (target / "ImageSets/Main/train.txt").write_text("\n".join(names[:205]))
    (target / "ImageSets/Main/val.txt").write_text("\n".join(names[205:]))
    return target


@pytest.mark.process
def test_blood_cells_import_as_the_issue_says(settings: Settings, tmp_path: Path) -> None:
    options = ImportOptions(name="bccd", split="source")
    document = import_dataset(settings, blood_cells(tmp_path), options, silent, actor=ADA).to_json()
    assert (document["format"], document["images"], document["annotations"]) == ("voc", 292, 3943)
    assert sorted(entry["name"] for entry in document["classes"]) == ["Platelets", "RBC", "WBC"]
    assert document["splits"] == {"train": 205, "val": 87, "test": 0}
    zero = [finding for finding in document["findings"] if finding["check"] == "zero-area"]
    assert [(finding["severity"], finding["count"]) for finding in zero] == [("fixed", 2)]
    named = {Path(example["image"]).stem for example in zero[0]["examples"]}
    assert named == (
        {"BloodImage_00338", "BloodImage_00343"} if BCCD.is_dir() else {"BloodImage_00238", "BloodImage_00243"}
    )
    assert document["imported"] == {"images": 292, "annotations": 3941}
    assert (document["ready"], document["reasons"]) == (True, [])
