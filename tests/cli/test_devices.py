"""The verb that lists devices, as a user types it, on machines that a stand-in for the driver makes up."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from tests.factories.workers.made_up_nvml import MadeUpPart, driver_of, mig_slice, slices_of


def _listed(capsys: pytest.CaptureFixture[str], workspace: Path) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["--workspace", str(workspace), "devices", "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_gpus_and_slices_are_listed_with_their_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with driver_of(MadeUpPart(uuid="GPU-a"), slices_of("GPU-b", mig_slice("1"))):
        document = _listed(capsys, tmp_path)
        assert main(["--workspace", str(tmp_path), "devices"]) == 0
    assert document["devices"] == [
        {
            "key": "gpu0",
            "title": "NVIDIA H200 0",
            "is_gpu": True,
            "memory_mib": 143_771,
            "busy": False,
            "run": "",
            "run_name": "",
        },
        {
            "key": "gpu-MIG-11111111-0000",
            "title": "NVIDIA H200 MIG 1g.18gb, slice 1 of GPU 1",
            "is_gpu": True,
            "memory_mib": 16_384,
            "busy": False,
            "run": "",
            "run_name": "",
        },
    ]
    assert (document["waiting"], document["problem"], document["cluster"]) == ([], "", None)
    assert capsys.readouterr().out.startswith("NVIDIA H200 0: idle\n")


def test_a_driver_that_does_not_work_is_told_beside_the_cpu(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with driver_of(error="NVMLError_LibRmVersionMismatch"):
        document = _listed(capsys, tmp_path)
    assert [device["key"] for device in document["devices"]] == ["cpu"]
    assert document["problem"] == "NVIDIA's driver was updated while it ran. Restart the machine."
