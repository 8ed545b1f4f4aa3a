from pathlib import Path

import pytest

from core.settings import Settings
from tests.factories.coco_files import matched_by_hand


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of an empty workspace."""
    return Settings(workspace=tmp_path / "workspace")


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace with one evaluation whose figures are known by hand; tests must not change it."""
    return matched_by_hand(tmp_path_factory.mktemp("by hand"))
