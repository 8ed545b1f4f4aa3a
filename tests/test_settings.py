"""Where the workspace is, and what a wrong limit says."""

from pathlib import Path

import pytest

from core.errors import AppError
from core.settings import Limits, load_settings


def test_the_argument_wins_over_the_environment(tmp_path: Path) -> None:
    environment = {"DETDESK_WORKSPACE": str(tmp_path / "a")}
    assert load_settings(tmp_path / "b", environment).workspace == tmp_path / "b"
    assert load_settings(None, environment).workspace == tmp_path / "a"
    assert load_settings(None, {}).workspace == Path.cwd() / "workspace"


def test_the_upload_cap_is_in_mib() -> None:
    assert load_settings(None, {"DETDESK_MAX_UPLOAD_MIB": "3"}).limits == Limits(upload_bytes=3 * 2**20)


@pytest.mark.parametrize("text", ["lots", "-1", "0", "1.5"])
def test_a_cap_that_is_no_number_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(AppError, match="DETDESK_MAX_UPLOAD_MIB") as caught:
        load_settings(None, {"DETDESK_MAX_UPLOAD_MIB": text})
    assert caught.value.remedy


def test_deleted_runs_are_kept_a_month_unless_said_otherwise() -> None:
    assert load_settings(None, {}).trash_days == 30
    assert load_settings(None, {"DETDESK_TRASH_DAYS": "0"}).trash_days == 0
    with pytest.raises(AppError, match="whole number of days"):
        load_settings(None, {"DETDESK_TRASH_DAYS": "a week"})


def test_who_changes_things_is_the_user_of_the_system_unless_said_otherwise() -> None:
    assert load_settings(None, {}).user == ""
    assert load_settings(None, {"DETDESK_USER": "  Ada Lovelace "}).user == "Ada Lovelace"
    assert load_settings(None, {"DETDESK_USER": " "}).user == ""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a" * 81, id="too long"),
        pytest.param("ada\nbob", id="two lines"),
        pytest.param("\x1b[31mada", id="an escape"),
        pytest.param("ada\u202e", id="turned direction"),
        pytest.param("\udcff", id="half a character"),
    ],
)
def test_a_user_whose_name_cannot_be_shown_on_one_line_is_refused(name: str) -> None:
    with pytest.raises(AppError, match="DETDESK_USER") as caught:
        load_settings(None, {"DETDESK_USER": name})
    assert "80 printable characters" in caught.value.remedy


def test_the_model_zoo_is_detectron2s_own_unless_said_otherwise() -> None:
    assert load_settings(None, {}).zoo == "https://dl.fbaipublicfiles.com/detectron2/"
    assert load_settings(None, {"DETDESK_ZOO": "http://mirror:8080/zoo"}).zoo == "http://mirror:8080/zoo/"


@pytest.mark.parametrize("text", ["file:///etc", "mirror", "ftp://host/zoo", "http://", "http://[/"])
def test_a_model_zoo_that_is_no_web_address_is_refused(text: str) -> None:
    with pytest.raises(AppError, match="DETDESK_ZOO is no address") as caught:
        load_settings(None, {"DETDESK_ZOO": text})
    assert caught.value.remedy


@pytest.mark.parametrize("variable", ["DETDESK_WEBHOOK", "DETDESK_URL", "DETDESK_ZOO"])
@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://host/x", "hooks.example.org/secret", "http:///secret", "//x"]
)
def test_an_address_of_another_kind_is_refused_and_not_repeated(variable: str, address: str) -> None:
    with pytest.raises(AppError, match=variable) as caught:
        load_settings(None, {variable: address})
    assert address not in caught.value.message


def test_runs_stay_on_this_machine_unless_a_cluster_is_named() -> None:
    assert load_settings(None, {}).ray_address == ""
    assert load_settings(None, {"RAY_ADDRESS": "http://head:8265/"}).ray_address == "http://head:8265"


@pytest.mark.parametrize("text", ["auto", "head:6379", "ray://head:10001", "http://me:secret@head:8265", "http://"])
def test_rays_other_kinds_of_address_are_refused_with_the_right_one(text: str) -> None:
    with pytest.raises(AppError, match="RAY_ADDRESS") as caught:
        load_settings(None, {"RAY_ADDRESS": text})
    assert "8265" in caught.value.remedy
