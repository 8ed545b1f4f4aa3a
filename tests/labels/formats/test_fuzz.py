"""Whatever the bytes are, a reader gives a reading or an AppError, and never anything else."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import AppError
from tests.factories.app.uploads import make_image
from tests.labels.formats.reading import read_files

_WORDS = st.sampled_from(
    ["0", "1", "dog", "0.5", "-3", "nan", "inf", "1e999", "9" * 5000, "_", "\x00", "é", "\u2028", ","]
)
_LINES = st.lists(st.lists(_WORDS, max_size=9).map(" ".join), max_size=8).map("\n".join)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "image_id", "category_id", "bbox", "file_name", "name"]), inner)
    ),
    max_leaves=12,
)
_IMAGE = make_image()


@pytest.mark.parametrize(
    ("name", "forced"),
    [("a.txt", "text"), ("a.txt", "yolo"), ("data.yaml", "yolo"), ("a.xml", "voc"), ("a.json", "coco")],
)
@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=200) | _LINES.map(str.encode))
def test_any_bytes_are_read_or_refused(name: str, forced: str, content: bytes) -> None:
    _read_or_refuse({"a.jpg": _IMAGE, "b.jpg": _IMAGE, "b.txt": "0 1 2 3 4", name: content}, forced)


@settings(max_examples=60, deadline=None)
@given(
    images=st.lists(_JSON, max_size=3), annotations=st.lists(_JSON, max_size=4), categories=st.lists(_JSON, max_size=3)
)
def test_any_json_is_read_or_refused(images: list[object], annotations: list[object], categories: list[object]) -> None:
    content = json.dumps({"images": images, "annotations": annotations, "categories": categories})
    _read_or_refuse({"a.jpg": _IMAGE, "a.json": content}, "coco")


def _read_or_refuse(files: dict[str, bytes | str], forced: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            reading = read_files(Path(folder), files, forced=forced)
        except AppError as error:
            assert error.message
        else:
            assert reading.written >= len(reading.label_set.annotations)
