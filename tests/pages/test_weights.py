"""The page that says which file of published weights goes where."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from core.services import zoo_weights
from core.settings import Settings
from core.training.recipe.model_catalogue import find_model
from core.training.recipe.zoo_files import zoo_file
from tests.factories.app.pages import open_page, texts, workspace

MODEL = "faster_rcnn_R_50_FPN_400ep_LSJ"
GOOD = b"x" * 999 + b"."


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    starts = hashlib.md5(GOOD, usedforsecurity=False).hexdigest()[:6]
    small = replace(zoo_file(find_model(MODEL)), tensor_bytes=1000, md5_starts=starts)
    monkeypatch.setattr(zoo_weights, "zoo_file", lambda model: small)
    return workspace(monkeypatch, tmp_path)


def _codes(page) -> list[str]:  # type: ignore[no-untyped-def]
    return [block.value for block in page.code]


def test_address_place_and_check_of_the_chosen_model_are_there_to_copy(settings: Settings) -> None:
    page = open_page("weights", model=MODEL)
    place = zoo_weights.weights_place(settings, find_model(MODEL))
    assert not page.exception
    assert page.selectbox[0].value == MODEL
    fetch, target, check = _codes(page)
    assert fetch == f"curl -fLO {settings.zoo}{zoo_file(find_model(MODEL)).path}"
    assert (target, check) == (str(place), f"python -m core weights {MODEL}")
    assert "A run would download it" in texts(page)
    assert page.get("page_link")[0].proto.label == "Train"  # the way back
    assert "CC BY-SA 3.0" in texts(page)


def test_a_file_copied_meanwhile_is_checked_when_the_page_is_opened_again(settings: Settings) -> None:
    page = open_page("weights", model=MODEL)
    place = zoo_weights.weights_place(settings, find_model(MODEL))
    place.parent.mkdir(parents=True)
    place.write_bytes(GOOD[:500])
    assert "It is incomplete" in texts(page.run())
    place.write_bytes(GOOD)
    assert "Its md5 begins with" in texts(page.run())


@pytest.mark.parametrize("model", ["", "lite", "no such model", "<b>"])
def test_an_address_without_a_model_of_the_zoo_shows_another(settings: Settings, model: str) -> None:
    page = open_page("weights", model=model)
    assert not page.exception
    assert find_model(str(page.selectbox[0].value)).has_zoo_weights


def test_all_files_are_in_a_table_with_their_state_and_license(settings: Settings) -> None:
    table = open_page("weights").dataframe[0].value
    assert len(table) == 14
    assert set(table["License"]) == {"CC BY-SA 3.0"}
    assert set(table["State"]) == {"Not there"}
