"""Published weights brought by hand: which file goes where, and what is said of the file that is there."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import RecipeError
from core.files import write_json
from core.services import zoo_weights
from core.services.zoo_weights import State, WeightsFile, check_weights, weights_files
from core.settings import Settings
from core.training.recipe.model_catalogue import MODELS, Model, find_model
from core.training.recipe.zoo_files import ZooFile, note_of, zoo_file

MODEL = "mask_rcnn_R_50_FPN_400ep_LSJ"
# As long as its tensors, and ends as a pickle ends.
GOOD = b"x" * 999 + b"."


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A workspace where all files are a thousand bytes long; GOOD has the md5 that its name says."""
    starts = hashlib.md5(GOOD, usedforsecurity=False).hexdigest()[:6]

    def small(model: Model) -> ZooFile:
        return replace(zoo_file(model), tensor_bytes=1000, bytes=None, sha256="", md5_starts=starts)

    monkeypatch.setattr(zoo_weights, "zoo_file", small)
    monkeypatch.setenv("DETDESK_WORKSPACE", str(tmp_path))
    return Settings(workspace=tmp_path)


def _put(settings: Settings, content: bytes) -> Path:
    place = zoo_weights.weights_place(settings, find_model(MODEL))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def test_every_file_of_the_zoo_is_listed_once_with_its_models_address_size_and_license(tmp_path: Path) -> None:
    files = weights_files(Settings(workspace=tmp_path, zoo="http://mirror/zoo/"))
    assert len(files) == len({model.weights for model in MODELS if model.weights}) == 14
    assert {key for file in files for key in file.models} == {model.key for model in MODELS if model.weights}
    for file in files:
        assert file.address == f"http://mirror/zoo/{find_model(file.models[0]).weights}"
        assert Path(file.file).parent == tmp_path / "cache" / "weights"
        assert file.about_bytes > 150e6
        assert (file.license, file.state) == ("CC BY-SA 3.0", State.MISSING)
    shared = next(file for file in files if MODEL in file.models)
    assert shared.models == ("faster_rcnn_R_50_FPN_400ep_LSJ", MODEL)
    assert shared.md5_starts == "14d201"


def test_what_is_known_of_the_older_files_is_said(tmp_path: Path) -> None:
    known = check_weights(Settings(workspace=tmp_path), "faster_rcnn_R_50_FPN_3x")
    assert (known.bytes, known.sha256[:8], known.md5_starts) == (167_266_879, "3c25caca", "280758")


@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        pytest.param(GOOD, State.WHOLE, "md5 begins with", id="as its name says"),
        pytest.param(b"y" * 999 + b".", State.DOUBTFUL, "no other hash is known", id="complete, of another hash"),
        pytest.param(b"y" * 9000 + b".", State.DOUBTFUL, "larger than its tensors", id="too long"),
        pytest.param(GOOD[:500], State.BROKEN, "500 bytes of at least 1,000", id="cut off"),
        pytest.param(b"x" * 1000, State.BROKEN, "does not end", id="as long, without its end"),
        pytest.param(b"", State.BROKEN, "0 bytes", id="empty"),
    ],
)
def test_a_file_that_is_there_is_read_whole_and_its_state_said(
    settings: Settings, content: bytes, state: State, words: str
) -> None:
    _put(settings, content)
    file = check_weights(settings, MODEL)
    assert (file.state, words in file.words) == (state, True), file.words


def test_a_known_sha256_decides_alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    known = replace(zoo_file(find_model(MODEL)), tensor_bytes=1000, sha256=hashlib.sha256(GOOD).hexdigest())
    monkeypatch.setattr(zoo_weights, "zoo_file", lambda model: known)
    _put(settings, GOOD)
    assert check_weights(settings, MODEL).state is State.WHOLE
    _put(settings, b"y" * 999 + b".")
    other = check_weights(settings, MODEL)
    assert (other.state, "another file" in other.words) == (State.BROKEN, True)


def test_a_file_that_changed_since_a_run_used_it_is_broken(settings: Settings) -> None:
    place = _put(settings, GOOD)
    write_json(note_of(place), {"address": "", "bytes": 1000, "sha256": "0" * 64})
    file = check_weights(settings, MODEL)
    assert file.state is State.BROKEN
    assert note_of(place).name in file.words


def test_a_folder_in_its_place_is_broken_and_a_file_of_the_right_size_is_there_in_the_list(settings: Settings) -> None:
    place = zoo_weights.weights_place(settings, find_model(MODEL))
    place.mkdir(parents=True)
    assert check_weights(settings, MODEL).state is State.BROKEN
    place.rmdir()
    _put(settings, GOOD)
    listed = next(file for file in weights_files(settings) if MODEL in file.models)
    assert listed.state is State.THERE


@pytest.mark.parametrize("model", ["lite", "small_cascade"])
def test_a_model_without_published_weights_is_refused(settings: Settings, model: str) -> None:
    with pytest.raises(RecipeError, match="no published weights"):
        check_weights(settings, model)


def test_the_verb_says_the_same_for_one_model_and_lists_all(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    place = _put(settings, GOOD)
    assert main(["weights", MODEL, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == list(WeightsFile.__dataclass_fields__)
    assert (document["file"], document["state"]) == (str(place), "whole")
    assert main(["weights", "--json"]) == 0
    assert [row["state"] for row in json.loads(capsys.readouterr().out)].count("there") == 1
    assert main(["weights"]) == 0
    assert "missing" in capsys.readouterr().out
    assert main(["weights", "lite"]) == 2
