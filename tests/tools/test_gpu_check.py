"""tools/gpu_check.py in its CPU form, from its command line to its document."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.process


def _run(out: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "gpu_check.py"), "--cpu", "--out", str(out), *arguments]
    # Elsewhere than in the tree, and without what pytest has on its path.
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=out.parent,
        env={**os.environ, "PYTHONPATH": "", **(environment or {})},
    )


def _checks(out: Path) -> dict[str, Any]:
    return {check["check"]: check for check in json.loads(out.read_text())["checks"]}


def test_without_a_gpu_the_quick_preset_is_trained_on_the_cpu_and_the_rest_says_why_not(tmp_path: Path) -> None:
    out = tmp_path / "train.json"
    done = _run(out, "--part", "train", "--only", "device,quick preset,R50-FPN in mixed precision")
    assert done.returncode == 0, done.stdout + done.stderr
    document, checks = json.loads(out.read_text()), _checks(out)
    assert (document["ok"], document["form"], document["device"]) == (True, "cpu", "CPU")
    assert {name: (check["status"], check["why"]) for name, check in checks.items()} == {
        "device": ("not run", "no GPU"),
        "quick preset": ("passed", ""),
        "R50-FPN in mixed precision": ("not run", "no GPU"),
    }
    figures = checks["quick preset"]["figures"]
    assert figures["iterations"] == 4
    assert figures["device"].startswith("CPU")
    assert figures["seconds_a_step"] > 0
    assert 0 <= figures["waiting_share"] <= 1


def test_a_check_that_does_not_exist_is_refused_with_the_names_of_those_that_do(tmp_path: Path) -> None:
    done = _run(tmp_path / "out.json", "--part", "parity", "--only", "speed")
    assert done.returncode == 2
    assert "has no check speed; it has AP as in training, AP on GPU and CPU, inference" in done.stderr
    assert not (tmp_path / "out.json").exists()


@pytest.mark.long
@pytest.mark.parametrize(
    ("part", "statuses"),
    [
        pytest.param(
            "train",
            {
                "device": "not run",
                "quick preset": "passed",
                "R50-FPN in single precision": "passed",
                "R50-FPN in mixed precision": "not run",
            },
            id="train",
        ),
        pytest.param(
            "failures",
            {
                "queue of two runs": "passed",
                "kill -9 and resume": "passed",
                "stop and resume": "passed",
                "largest batch": "passed",
                "out of memory": "not run",
            },
            id="failures",
        ),
        pytest.param(
            "parity",
            {
                "AP as in training": "passed",
                "AP on GPU and CPU": "not run",
                "inference": "passed",
                "AP on GPU and CPU in mixed precision": "not run",
            },
            id="parity",
        ),
    ],
)
def test_each_part_runs_whole_on_the_cpu(tmp_path: Path, part: str, statuses: dict[str, str]) -> None:
    done = _run(tmp_path / "out.json", "--part", part)
    assert done.returncode == 0, done.stdout + done.stderr
    checks = _checks(tmp_path / "out.json")
    assert {name: check["status"] for name, check in checks.items()} == statuses
    assert {check["why"] for check in checks.values() if check["status"] == "not run"} == {"no GPU"}
    for name in ("kill -9 and resume", "stop and resume"):
        if name in checks:
            assert checks[name]["figures"]["is_bit_equal"] is True
