"""Runs a part of tools/gpu_check.py in a workspace that is removed afterwards."""

import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.training.launch.devices import find_devices, why_no_gpu
from core.version import app_version
from gpu_checks.failures_part import failures_checks
from gpu_checks.ground import ON_CPU, ON_GPU, Ground
from gpu_checks.parity_part import parity_checks
from gpu_checks.report import LIMIT_S, Check, Clock, Report
from gpu_checks.train_part import train_checks


def run_part(part: str, out: Path, only: Sequence[str], cpu: bool) -> int:
    """The exit status: 0 if all checks passed or could not be made on this machine, 1 if not, 2 for a wrong name."""
    why = why_no_gpu()
    device = find_devices()[0]
    # One GPU, whatever the machine has; on the CPU none.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    os.environ["CUDA_VISIBLE_DEVICES"] = "" if cpu else device.visible
    has_gpu = device.is_gpu and not cpu
    clock = Clock(LIMIT_S if has_gpu else None)
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        ground = Ground(Path(folder), ON_GPU if has_gpu else ON_CPU, clock)
        facts = ground.child("torch_facts")
        checks = _checks(part, ground, facts, has_gpu)
        if unknown := set(only) - {check.name for check in checks}:
            names = ", ".join(check.name for check in checks)
            print(f"Part {part} has no check {', '.join(sorted(unknown))}; it has {names}.", file=sys.stderr)
            return 2
        report = Report(out, part, {**_machine(facts, has_gpu), "problem": why, "form": "gpu" if has_gpu else "cpu"})
        is_fine = report.run([check for check in checks if not only or check.name in only], clock, has_gpu)
    print(out)
    return 0 if is_fine else 1


def _checks(part: str, ground: Ground, facts: dict[str, Any], has_gpu: bool) -> list[Check]:
    if part == "train":
        return train_checks(ground, facts, has_gpu)
    return failures_checks(ground, has_gpu) if part == "failures" else parity_checks(ground)


def _machine(facts: dict[str, Any], has_gpu: bool) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "version": app_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1),
        "device": facts["gpu"]["name"] if has_gpu and facts["gpu"] else "CPU",
        "libraries": {name: facts[name] for name in ("python", "torch", "cuda", "packages")},
    }
