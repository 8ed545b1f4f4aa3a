"""tests/conftest.py: which marks a test has, and what a test may do without one."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import conftest

ROOT = Path(__file__).resolve().parents[1]
TESTS = """
import subprocess, sys
import pytest

def start():
    subprocess.run([sys.executable, "-c", ""], check=True)

@pytest.fixture
def started():
    start()

def test_in_the_test():
    start()

def test_in_a_fixture(started):
    pass

@pytest.mark.process
def test_with_the_mark():
    start()

def test_without_a_process():
    pass
"""


@pytest.mark.process
def test_a_test_that_starts_a_process_needs_a_mark(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_bytes((ROOT / "tests/conftest.py").read_bytes())
    (tmp_path / "test_some.py").write_text(TESTS)
    options = ["-rA", "-p", "no:cacheprovider", "--override-ini", "markers=process"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--override-ini", f"pythonpath={ROOT}", "--rootdir", ".", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = re.findall(r"^(PASSED|FAILED) test_some.py::(\w+)", done.stdout, re.MULTILINE)
    assert {test: outcome for outcome, test in lines} == {
        "test_in_the_test": "FAILED",
        "test_in_a_fixture": "FAILED",
        "test_with_the_mark": "PASSED",
        "test_without_a_process": "PASSED",
    }
    assert done.stdout.count("Mark it with pytest.mark.process or worker. It starts subprocess.Popen") >= 2


@pytest.mark.parametrize(
    ("path", "marks"),
    [
        ("worker/test_ema.py", ["worker"]),
        ("process/test_soak.py", ["process"]),
        ("browser/scripts/test_viewer.py", ["browser"]),
        ("labels/test_checks.py", []),
        ("test_boxes.py", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_tests_of_a_folder_have_its_mark(path: str, marks: list[str]) -> None:
    added: list[str] = []
    item = SimpleNamespace(path=ROOT / "tests" / path, add_marker=added.append)
    conftest.pytest_collection_modifyitems([item])  # type: ignore[list-item]
    assert added == marks
