"""Where runs are trained, and the verb that lists it, on machines that a stand-in for the driver makes up."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.services.runs.compute import gpu_problem, main_device, most_devices
from core.settings import Settings
from tests.factories.workers.made_up_nvml import MadeUpPart, driver_of, mig_slice, slices_of

PLAIN, DIVIDED = MadeUpPart(uuid="GPU-a"), slices_of("GPU-b", mig_slice("1"), mig_slice("2"))


@pytest.mark.parametrize(
    ("cards", "first", "most"),
    [
        pytest.param((), "cpu", 1, id="CPU"),
        pytest.param((PLAIN,), "gpu0", 1, id="one GPU"),
        pytest.param((PLAIN, MadeUpPart(uuid="GPU-c")), "gpu0", 2, id="two GPUs"),
        pytest.param((DIVIDED,), "gpu-MIG-11111111-0000", 1, id="two slices"),
        pytest.param((DIVIDED, PLAIN, MadeUpPart(uuid="GPU-c")), "gpu-MIG-11111111-0000", 2, id="two GPUs and slices"),
    ],
)
def test_a_run_can_use_whole_gpus_together_and_a_slice_alone(
    tmp_path: Path, cards: tuple[MadeUpPart, ...], first: str, most: int
) -> None:
    settings = Settings(workspace=tmp_path)
    with driver_of(*cards):
        assert (main_device(settings).key, most_devices(settings)) == (first, most)


def test_a_problem_is_told_only_where_the_cpu_trains_in_place_of_a_gpu(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    with driver_of(PLAIN, None):
        assert gpu_problem(settings) == ""
    with driver_of(None):
        assert "may not use" in gpu_problem(settings)
        assert gpu_problem(Settings(workspace=tmp_path, ray_address="http://127.0.0.1:1")) == ""


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
