from pathlib import Path

import pytest

from core.training.recipe.model_catalogue import MODELS, find_model
from core.training.recipe.zoo_files import ends_whole, note_of, noted_sha256, zoo_file, zoo_origin

PUBLISHED = [model for model in MODELS if model.has_zoo_weights]


@pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: model.key)
def test_each_published_file_has_a_size_and_six_digits_of_a_hash_in_its_name(model) -> None:  # type: ignore[no-untyped-def]
    file = zoo_file(model)
    assert len(file.md5_starts) == 6
    assert int(file.md5_starts, 16) >= 0
    # Four bytes a parameter, with 80 classes; a mask head that is not used is in the file too.
    assert 0.95 < file.tensor_bytes / (4e6 * model.parameters) < 1.2
    assert file.bytes is None or 1 < file.bytes / file.tensor_bytes < 1.001
    assert file.sha256 == "" or len(bytes.fromhex(file.sha256)) == 32


def test_the_two_forms_of_a_model_start_from_one_file() -> None:
    forms = [find_model(f"{kind}_rcnn_R_101_FPN_400ep_LSJ") for kind in ("faster", "mask")]
    assert zoo_file(forms[0]) == zoo_file(forms[1])


def test_the_origin_names_the_zoo_the_model_and_its_license() -> None:
    origin = zoo_origin(find_model("faster_rcnn_R_50_FPN_400ep_LSJ"), "ab" * 32)
    assert origin.license == "CC BY-SA 3.0"
    assert "mask_rcnn_R_50_FPN_400ep_LSJ/42019571" in origin.words
    assert origin.sha256 == "ab" * 32


@pytest.mark.parametrize("note", [None, "", "[]", "{", '{"sha256": 5}', '{"sha256": "ab"}'])
def test_the_noted_hash_is_read_if_there_is_one(tmp_path: Path, note: str | None) -> None:
    file = tmp_path / "model.pkl"
    if note is not None:
        note_of(file).write_text(note)
    assert noted_sha256(file) == {'{"sha256": "ab"}': "ab", '{"sha256": 5}': "5"}.get(note or "", "")


@pytest.mark.parametrize(("content", "is_whole"), [(b"", False), (b"abc", False), (b"abc.", True), (b".", True)])
def test_an_incomplete_file_lacks_the_end_of_a_pickle(tmp_path: Path, content: bytes, is_whole: bool) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(content)
    assert ends_whole(file) == is_whole
