"""Names of entries are safe, and none overwrites another on any system."""

import pytest

from core.errors import UploadError
from core.labels.imports.archive.entry_names import Names, safe_file_path, safe_path
from core.labels.imports.archive.meter import Meter
from core.settings import Limits


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("a/b.txt", "a/b.txt", id="plain"),
        pytest.param("./a//b.txt", "a/b.txt", id="dots and double slashes"),
        pytest.param("a\\b.txt", "a/b.txt", id="backslash"),
        pytest.param("set\\images/", "set/images", id="folder with a backslash"),
        pytest.param("cafe\u0301.jpg", "cafe\u0301.jpg", id="a decomposed name stays as it is"),
        pytest.param("./", "", id="the folder itself"),
    ],
)
def test_a_safe_name_becomes_a_path(name: str, path: str) -> None:
    assert safe_path(name) == path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("a\\..\\..\\b", "leads out", id="backslashes lead out"),
        pytest.param("\\\\server\\share", "leads out", id="share"),
        pytest.param("\\x", "leads out", id="root by backslash"),
        pytest.param("C:\\x", "leads out", id="drive"),
        pytest.param("", "no usable", id="empty"),
        pytest.param(".", "no usable", id="dot"),
        pytest.param("a\0b", "no usable", id="NUL"),
        pytest.param("\udc80.jpg", "no usable", id="half a surrogate"),
        pytest.param("a/" * 65 + "b", "no usable", id="65 folders deep"),
        pytest.param("é" * 128, "no usable", id="256 bytes"),
    ],
)
def test_an_unsafe_name_is_refused_by_name(name: str, words: str) -> None:
    with pytest.raises(UploadError, match=words) as caught:
        safe_file_path(name)
    assert len(caught.value.message) < 1000
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("a.jpg", "A.JPG", id="case"),
        pytest.param("caf\u00e9.jpg", "cafe\u0301.jpg", id="composed and decomposed"),
        pytest.param("CAF\u00c9.jpg", "cafe\u0301.jpg", id="both"),
        pytest.param("caf\u00e9/a", "cafe\u0301/b", id="folders"),
        pytest.param("a/b/c", "a/B/d", id="inner folders"),
        pytest.param("a", "a/b", id="file and folder"),
        pytest.param("a/b", "A", id="folder and file"),
    ],
)
def test_names_that_are_one_on_some_system_clash(first: str, second: str) -> None:
    names = Names(Meter(packed_bytes=1, limits=Limits()))
    names.take(first)
    with pytest.raises(UploadError, match="the same name twice"):
        names.take(second)
