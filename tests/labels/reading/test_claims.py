"""Which reader reads which file of a source."""

from pathlib import Path

import pytest

from core.errors import UploadError
from core.labels.reading.claims import claim_files, format_ids, reader_of
from core.labels.sources.source_tree import SourceTree
from tests.labels.taken import Files, coco, voc, written, yolo

LINE = yolo("cat", 10, 10, 50, 40)
CLAIMED: dict[str, tuple[str, object, str]] = {
    "rows beside an image": ("a.txt", LINE, "rows"),
    "an empty file beside an image": ("a.txt", "", "rows"),
    "words beside an image": ("a.txt", "what is this\n", "rows"),
    "a name with the image's suffix": ("a.jpg.txt", LINE, "rows"),
    "rows elsewhere": ("other/z.txt", LINE, "rows"),
    "words in a folder for labels": ("labels/z.txt", "what is this\n", "rows"),
    "words elsewhere": ("other/z.txt", "what is this\n", ""),
    "a list of classes": ("classes.txt", LINE, ""),
    "a list of a split": ("train.txt", "a.jpg\n", ""),
    "a document": ("README.txt", LINE, ""),
    "XML": ("a.xml", voc("a.jpg"), "voc"),
    "XML in upper case": ("A.XML", voc("a.jpg"), "voc"),
    "other XML": ("a.xml", "<project/>", "unknown"),
    "COCO": ("x.json", coco(["a.jpg"], []), "coco"),
    "other JSON": ("x.json", {"a": 1}, "unknown"),
    "binary data under the name of a text": ("x.json", b"\x00\xff\x00", "unknown"),
}


@pytest.mark.parametrize("name", CLAIMED)
def test_a_file_is_claimed_by_its_content(name: str, tmp_path: Path) -> None:
    path, content, reader = CLAIMED[name]
    claims = claim_files(SourceTree.walk(written(tmp_path, {"a.jpg": (8, 6), path: content})))
    assert claims.files_of == ({reader: [path]} if reader not in ("", "unknown") else {})
    assert claims.unknown == ([path] if reader == "unknown" else [])


def test_a_forced_format_takes_all_files_of_its_suffixes_but_lists(tmp_path: Path) -> None:
    files: Files = {"a.jpg": (8, 6), "a.txt": LINE, "z.txt": "words", "classes.txt": "cat\n", "train.txt": "a.jpg\n"}
    claims = claim_files(SourceTree.walk(written(tmp_path, files)), "yolo")
    assert claims.files_of == {"rows": ["a.txt", "z.txt"]}


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    assert reader_of("text") is reader_of("yolo") is reader_of("kitti")
    assert {"text", "yolo", "kitti", "voc", "coco", "csv"} <= set(format_ids())
    with pytest.raises(UploadError, match="no format 'jpeg'") as refused:
        reader_of("jpeg")
    assert "coco" in refused.value.remedy
