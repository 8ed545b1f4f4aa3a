"""Opens a page of the app as a user would by its address, without a browser."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from core.settings import Settings, load_settings

_APP = Path(__file__).resolve().parents[3] / "streamlit_app.py"
_TIMEOUT_S = 60
# Each AppTest reads the metadata of all installed packages, which takes longer than most pages. They do not change.
_installed_components = cache(manifest_scanner.scan_component_manifests)


class _NavigatingPages(PagesManager):
    """As in server.py, pages/ is not Streamlit's old multipage form, which would run a page alone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        PagesManager.uses_pages_directory = False


def workspace(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Settings:
    """The settings of a new workspace, which the pages of this process use from now on."""
    monkeypatch.setattr(app_test, "PagesManager", _NavigatingPages)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _installed_components)
    monkeypatch.setenv("DETDESK_WORKSPACE", str(folder))
    return load_settings()


def open_page(page: str, /, **parameters: str | list[str]) -> AppTest:
    """The page (`train` for pages/train.py) at an address with these parameters, after its first run."""
    assert os.environ.get("DETDESK_WORKSPACE"), "call workspace() first"
    # Runs streamlit_app.py: server.py only holds an st.App, for which AppTest shows nothing and passes.
    app = AppTest.from_file(_APP, default_timeout=_TIMEOUT_S).run()
    app.switch_page(f"pages/{page}.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def texts(app: AppTest) -> str:
    """All text on the page, one line per element."""
    elements = [*app.markdown, *app.caption, *app.subheader, *app.error, *app.warning, *app.info, *app.html]
    return "\n".join(str(element.value if hasattr(element, "value") else element.proto.body) for element in elements)
