"""Where runs are trained, on machines that a stand-in for the driver makes up."""

from pathlib import Path

import pytest

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
