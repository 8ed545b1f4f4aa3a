"""What all tests have in common. `make test` runs two at a time, so each takes one core, and so do its workers."""

import os
import sys
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from core.training.launch.devices import CORES_VARIABLE
from tests.factories.workers.warm.nursery import open_nursery

# Before anything imports numpy or torch, and inherited by every process that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault(CORES_VARIABLE, "1")

# How fast inputs are made says how busy the machine is, and nothing about the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

_TESTS: Final = Path(__file__).parent
# Every test of these folders has the mark of its folder. Elsewhere files and tests have their marks in the file.
_MARKED_FOLDERS: Final = {"worker": "worker", "process": "process", "storage": "process", "browser": "browser"}
# Tests with one of these marks may start processes. `make check` leaves them out.
_MAY_START: Final = {*_MARKED_FOLDERS.values(), "long"}
_STARTS: Final = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.system"}


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark the tests of the folders that `_MARKED_FOLDERS` names."""
    for item in items:
        folder = item.path.relative_to(_TESTS).parts[0] if item.path.is_relative_to(_TESTS) else ""
        if mark := _MARKED_FOLDERS.get(folder):
            item.add_marker(mark)


class _Unmarked:
    """The processes that the running test started though its marks do not say so."""

    def __init__(self) -> None:
        self.watched = False
        self.started: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.watched and event in _STARTS:
            self.started.append(f"{event}: {str(arguments[1] if len(arguments) > 1 else '')[:200]}")


_unmarked: Final = _Unmarked()
sys.addaudithook(_unmarked)


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables with which a process starts workers that need not import torch (tests/factories/workers/warm)."""
    with open_nursery(tmp_path_factory.mktemp("nursery")) as variables:
        yield variables


@pytest.fixture(scope="module")
def warm_workers(nursery: dict[str, str]) -> Iterator[None]:
    """Let the workers that the tests of a file start begin at once. Not where their start is the subject."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in nursery.items():
            patch.setenv(name, value)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch the test for processes that it starts, fixtures included."""
    _unmarked.watched = not any(mark.name in _MAY_START for mark in item.iter_markers())
    _unmarked.started.clear()
    try:
        return (yield)
    finally:
        _unmarked.watched = False


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that `make check` would run although it starts a process."""
    yield
    if _unmarked.started:
        pytest.fail(f"Mark it with pytest.mark.process or worker. It starts {_unmarked.started[0]}", pytrace=False)
