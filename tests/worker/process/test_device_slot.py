"""The device that a worker waits for, and what it shows to torch."""

import os
from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError
from core.training.launch.devices import find_devices
from core.training.launch.liveness import hold, release
from core.training.launch.queue import lock_path, slot_states
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder
from core.worker.process.device_slot import SlotRequest, wait_for_device
from tests.factories.workers.made_up_nvml import MadeUpPart, driver_of, mig_slice, slices_of

PLAIN = (MadeUpPart(uuid="GPU-aa"), MadeUpPart(uuid="GPU-bb"))
DIVIDED = slices_of("GPU-cc", mig_slice("1"), mig_slice("2"))


class _Worker:
    """A worker of this process, up to the slot that it gets."""

    def __init__(self, root: Path) -> None:
        self.folder, self.slots = RunFolder(root / "run"), root / "slots"
        self.folder.root.mkdir(parents=True)
        hold(self.folder.lock)
        self._reporter = Reporter(self.folder.status, of_iterations=1)

    def wait(self, processes: int) -> Any:
        request = SlotRequest(folder=self.slots, key="r-234567", processes=processes)
        return wait_for_device(self.folder, request, self._reporter, StopSwitch(self.folder.stop_request))


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    # What the worker sets must not stay in this process.
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.setenv(name, "")
    worker = _Worker(tmp_path)
    yield worker
    release(worker.folder.lock)
    for path in worker.slots.glob("*.lock"):
        release(path)


@pytest.mark.parametrize(
    ("cards", "processes", "busy", "visible"),
    [
        pytest.param((), 1, (), "", id="the CPU hides every GPU"),
        pytest.param(PLAIN, 1, (), "0", id="the first GPU"),
        pytest.param(PLAIN, 1, (0,), "1", id="the second, because the first is busy"),
        pytest.param(PLAIN, 2, (), "0,1", id="both"),
        pytest.param((DIVIDED,), 1, (0,), "MIG-22222222-0000", id="the second slice"),
        pytest.param((DIVIDED, *PLAIN), 1, (0, 1), "GPU-aa", id="a GPU beside a divided one"),
        pytest.param((DIVIDED, *PLAIN), 2, (), "GPU-aa,GPU-bb", id="two GPUs, and no slice"),
    ],
)
def test_torch_sees_the_slots_that_the_worker_holds_and_no_other(
    worker: _Worker, cards: tuple[MadeUpPart, ...], processes: int, busy: tuple[int, ...], visible: str
) -> None:
    with driver_of(*cards):
        devices = find_devices()
        for place in busy:
            hold(lock_path(worker.slots, devices[place]))
        held = worker.wait(processes)
        assert (held.visible, os.environ["CUDA_VISIBLE_DEVICES"]) == (visible, visible)
        assert os.environ["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
        taken = {state.device.visible for state in slot_states(worker.slots, devices) if state.busy}
    assert taken == {*visible.split(","), *(devices[place].visible for place in busy)}


def test_two_slices_are_not_two_gpus(worker: _Worker) -> None:
    with driver_of(DIVIDED), pytest.raises(RecipeError, match="wants 2 GPUs"):
        worker.wait(2)
