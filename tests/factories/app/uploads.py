"""Ten malformed uploads, each written to a path. Each must be refused, or stopped by findings that block.

Archives are zips; the others are folders of labels and images.
"""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image


def make_image(width: int = 64, height: int = 48) -> bytes:
    """A small sound JPEG with some texture."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def zip_of(path: Path, files: dict[str, bytes | str]) -> Path:
    """A zip of names and contents, names as given however hostile."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


def folder_of(path: Path, files: dict[str, bytes | str]) -> Path:
    """A folder of relative paths and contents."""
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sound_files(count: int = 3) -> dict[str, bytes | str]:
    """A sound data set in the reference form: the files of `count` images with two objects each."""
    files: dict[str, bytes | str] = {"classes.txt": "dog\nbig cat\n"}
    for number in range(count):
        files[f"images/a{number}.jpg"] = make_image(64 + number)
        files[f"labels/a{number}.txt"] = "0 4 5 30 40\n1 20 10 60 44\n"
    return files


def not_an_image(path: Path) -> Path:
    """A text under an image's name, with sound labels."""
    return folder_of(path, {**sound_files(), "images/a1.jpg": "this is no image"})


def not_an_archive(path: Path) -> Path:
    """Text under an archive's name."""
    path.write_text("this is no archive")
    return path


def traversal_zip(path: Path) -> Path:
    """A zip with an entry that climbs out of its folder."""
    return zip_of(path, {**sound_files(), "../../escaped.txt": "0 1 2 3 4\n"})


def empty_archive(path: Path) -> Path:
    """A zip without a single entry."""
    return zip_of(path, {})


def labels_without_images(path: Path) -> Path:
    """Label files only."""
    return folder_of(path, {name: content for name, content in sound_files().items() if not name.endswith(".jpg")})


def binary_in_label(path: Path) -> Path:
    """One label file holds bytes of an image."""
    return folder_of(path, {**sound_files(), "labels/a1.txt": make_image()})


def huge_number(path: Path) -> Path:
    """One coordinate has 10,000 digits."""
    return folder_of(path, {**sound_files(), "labels/a1.txt": f"0 4 5 {'9' * 10_000} 40\n"})


def coco_without_categories(path: Path) -> Path:
    """A COCO JSON with images and annotations only."""
    document = {
        "images": [{"id": 1, "file_name": "a0.jpg", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 30]}],
    }
    return folder_of(path, {"images/a0.jpg": make_image(), "annotations.json": json.dumps(document)})


def voc_entity_bomb(path: Path) -> Path:
    """A VOC file whose class name is a billion laughs."""
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    label = (
        f"<!DOCTYPE annotation [{entities}]><annotation><filename>a0.jpg</filename><object><name>&a9;</name>"
        "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"
    )
    return folder_of(path, {"images/a0.jpg": make_image(), "annotations/a0.xml": label})


def truncated_jpeg(path: Path) -> Path:
    """One JPEG ends in the middle; its header is sound."""
    return folder_of(path, {**sound_files(), "images/a1.jpg": make_image()[:-300]})


MALFORMED_UPLOADS: dict[str, Callable[[Path], Path]] = {
    "not an image": not_an_image,
    "not an archive": not_an_archive,
    "path traversal in a zip": traversal_zip,
    "empty archive": empty_archive,
    "labels without images": labels_without_images,
    "binary in a label file": binary_in_label,
    "10,000-digit number": huge_number,
    "COCO JSON without categories": coco_without_categories,
    "VOC with an entity bomb": voc_entity_bomb,
    "truncated JPEG": truncated_jpeg,
}
