"""Which paths of the server pages may name."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.addresses import read_name
from core.errors import AppError, NotFoundError
from core.server_paths import find_on_server
from core.settings import Settings, load_settings

FOREIGN = (read_name("desk.example", "DETDESK_HOSTS"),)


@pytest.fixture
def alone(tmp_path: Path) -> Settings:
    for name in ("open/set", "closed"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "closed" / "secret.json").write_text("{}")
    (tmp_path / "open" / "link").symlink_to(tmp_path / "closed")
    return Settings(workspace=tmp_path / "workspace")


def test_while_only_this_machine_can_open_the_app_any_path_may_be_named(alone: Settings, tmp_path: Path) -> None:
    assert find_on_server(alone, f" {tmp_path}/open/../closed ") == tmp_path / "closed"
    with pytest.raises(NotFoundError, match="There is no"):
        find_on_server(alone, f"{tmp_path}/nothing")


@pytest.mark.parametrize(
    "shared", [{"is_open": True}, {"names": FOREIGN}], ids=["open to the network", "behind a proxy"]
)
def test_once_others_can_open_it_only_what_lies_below_the_folders_may_be(
    alone: Settings, tmp_path: Path, shared: dict[str, bool]
) -> None:
    settings = replace(alone, folders=(tmp_path / "open",), **shared)  # type: ignore[arg-type]
    assert find_on_server(settings, f"{tmp_path}/open/set") == tmp_path / "open" / "set"
    for text in ("closed", "closed/secret.json", "open/../closed", "open/link", "open/link/secret.json", "openly", ""):
        with pytest.raises(AppError, match="not in a folder that pages may read") as caught:
            find_on_server(settings, f"{tmp_path}/{text}")
        assert str(tmp_path / "open") in caught.value.remedy


def test_without_folders_nothing_may_be_named_and_nothing_is_told_about_it(alone: Settings, tmp_path: Path) -> None:
    settings = replace(alone, is_open=True)
    said = set()
    for path in (tmp_path / "closed", tmp_path / "not-there"):
        with pytest.raises(AppError) as caught:
            find_on_server(settings, str(path))
        said.add(caught.value.message.replace(path.name, "…"))
    assert len(said) == 1


@pytest.mark.parametrize("text", ["a\0b", "x" * 5000, "~nobody-of-this-name/x"])
def test_an_odd_path_is_not_found(alone: Settings, text: str) -> None:
    with pytest.raises(NotFoundError):
        find_on_server(alone, text)


def test_a_configured_address_of_this_machine_shares_nothing() -> None:
    assert not load_settings(
        None, {"DETDESK_URL": "http://127.0.0.1:8501/", "DETDESK_HOSTS": "localhost:9000"}
    ).is_shared
    assert load_settings(None, {"DETDESK_URL": "https://desk.example/"}).is_shared
    assert load_settings(None, {"DETDESK_OPEN": "1"}).is_shared


@pytest.mark.parametrize(
    ("variable", "text"), [("DETDESK_OPEN", "yes"), ("DETDESK_FOLDERS", "data"), ("DETDESK_HOSTS", "a b")]
)
def test_a_setting_that_is_none_is_said(variable: str, text: str) -> None:
    with pytest.raises(AppError, match=variable):
        load_settings(None, {variable: text})
