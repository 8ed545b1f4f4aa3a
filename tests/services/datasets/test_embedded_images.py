"""Images that lie only inside label files: they are taken out, outside the source, and imported."""

import base64
import json
from pathlib import Path

from core.services.datasets import ImportOptions, import_dataset, inspect
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.uploads import folder_of, make_image
from tests.factories.progress import silent
from tests.factories.trees import tree_of


def labelme(image: bytes | None, name: str) -> str:
    """A LabelMe file with one rectangle, and with its image if there is one."""
    shape = {"label": "cat", "points": [[10, 10], [50, 40]], "shape_type": "rectangle"}
    data = base64.b64encode(image).decode() if image else None
    size = {"imageWidth": 64, "imageHeight": 48}
    return json.dumps({"version": "5.0.1", "shapes": [shape], "imagePath": name, "imageData": data, **size})


def test_an_image_inside_its_label_file_is_imported_and_the_source_stays_as_it_is(
    settings: Settings, tmp_path: Path
) -> None:
    files: dict[str, bytes | str] = {
        "ann/a.json": labelme(make_image(), "a.jpg"),
        "ann/b.json": labelme(None, "b.jpg"),
        "ann/b.jpg": make_image(64, 50),
    }
    source = folder_of(tmp_path / "source", files)
    before = tree_of(source)
    imported = import_dataset(settings, source, ImportOptions(name="x", split="50/50"), silent, actor=ADA)
    images = imported.plan.labels.images
    assert sorted(images["source"]) == ["ann/a.jpg", "ann/b.jpg"]
    assert imported.to_json()["imported"] == {"images": 2, "annotations": 2}
    assert tree_of(source) == before


def test_what_is_no_image_inside_a_label_file_leaves_its_image_missing(settings: Settings, tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"a.json": labelme(b"no image", "a.jpg"), "b.jpg": make_image()}
    source = folder_of(tmp_path / "source", {**files, "b.json": labelme(None, "b.jpg")})
    inspection = inspect(settings, source, ImportOptions(), silent)
    assert [(f.check, f.file) for f in inspection.findings if f.severity == "blocks"] == [("missing-image", "a.json")]
