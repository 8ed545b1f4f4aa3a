from dataclasses import replace

import pytest

from core.training.launch.nvml import Card, Part, ask_driver
from core.training.launch.visible_devices import Device, visible_devices
from tests.factories.workers.made_up_nvml import MadeUpNvml, MadeUpPart, mig_slice, slices_of

PLAIN = (MadeUpPart(uuid="GPU-aa11"), MadeUpPart(uuid="GPU-aa22", name="NVIDIA L4"), MadeUpPart(uuid="GPU-cc33"))
# The second is divided into two slices.
MIXED = (PLAIN[0], slices_of("GPU-bb22", mig_slice("1"), mig_slice("2")), PLAIN[2])
FIRST, SECOND = "MIG-11111111-0000", "MIG-22222222-0000"


def _visible(cards: tuple[MadeUpPart | None, ...], wanted: str | None) -> list[str]:
    return [device.visible for device in visible_devices(ask_driver(MadeUpNvml(*cards)).cards, wanted)]


def _keys(cards: tuple[MadeUpPart | None, ...], wanted: str | None) -> list[str]:
    return [device.key for device in visible_devices(ask_driver(MadeUpNvml(*cards)).cards, wanted)]


@pytest.mark.parametrize(
    ("cards", "wanted", "visible"),
    [
        pytest.param(PLAIN, None, ["0", "1", "2"], id="all, by number"),
        pytest.param(PLAIN, "2,0", ["2", "0"], id="chosen and ordered"),
        pytest.param(PLAIN, "0,9,1", ["0"], id="cut at the first that does not exist"),
        pytest.param(PLAIN, "1,1,2", ["1"], id="cut at the first that is named twice"),
        pytest.param(PLAIN, "", [], id="hidden"),
        pytest.param(PLAIN, "-1", [], id="hidden by -1"),
        pytest.param(PLAIN, "NoDevFiles", [], id="no name at all"),
        pytest.param(PLAIN, " GPU-cc33 , 0", ["2", "0"], id="by UUID and by number"),
        pytest.param(PLAIN, "GPU-c", ["2"], id="by the beginning of a UUID"),
        pytest.param(PLAIN, "GPU-aa", [], id="by the beginning of two UUIDs"),
        pytest.param(PLAIN, "GPU-dd", [], id="by a UUID that does not exist"),
        pytest.param(PLAIN, "GPU-aa11,0,1", ["0"], id="the same in two words"),
        pytest.param(MIXED, None, ["GPU-aa11", FIRST, SECOND, "GPU-cc33"], id="no numbers beside a divided one"),
        pytest.param(MIXED, "1", [FIRST, SECOND], id="all slices of a number"),
        pytest.param(MIXED, "0,2", ["GPU-aa11", "GPU-cc33"], id="numbers become UUIDs"),
        pytest.param(MIXED, SECOND, [SECOND], id="a slice"),
        pytest.param(MIXED, "MIG-2", [SECOND], id="the beginning of a slice"),
        pytest.param(MIXED, f"{FIRST},1", [FIRST], id="a slice and the GPU that has it"),
        pytest.param(MIXED, "MIG-9", [], id="a slice that does not exist"),
        pytest.param((None, PLAIN[1]), None, ["GPU-aa22"], id="no numbers beside a forbidden one"),
        pytest.param((None, PLAIN[1]), "0", ["GPU-aa22"], id="the number counts what may be used"),
        pytest.param((slices_of("GPU-bb22"),), None, [], id="divided, without slices"),
    ],
)
def test_a_process_is_shown_its_slot_by_a_name_that_cuda_reads_the_same(
    cards: tuple[MadeUpPart | None, ...], wanted: str | None, visible: list[str]
) -> None:
    assert _visible(cards, wanted) == visible


@pytest.mark.parametrize(
    ("cards", "names"),
    [
        pytest.param(PLAIN, ["1", "GPU-aa22", "GPU-aa2"], id="GPU"),
        pytest.param(MIXED, [FIRST, "MIG-1111"], id="slice"),
    ],
)
def test_a_slot_has_one_lock_however_it_is_named(cards: tuple[MadeUpPart, ...], names: list[str]) -> None:
    keys = {tuple(_keys(cards, name)) for name in names}
    assert len(keys) == 1
    assert set(next(iter(keys))) < set(_keys(cards, None))


def test_what_a_worker_is_shown_is_the_slot_that_it_held() -> None:
    # A worker that starts again has only its own slot in CUDA_VISIBLE_DEVICES.
    for cards in (PLAIN, MIXED, (None, *MIXED)):
        for device in visible_devices(ask_driver(MadeUpNvml(*cards)).cards, None):
            (again,) = visible_devices(ask_driver(MadeUpNvml(*cards)).cards, device.visible)
            assert again == device


def test_a_slice_is_told_from_its_neighbours_and_keeps_its_memory() -> None:
    slots = visible_devices(ask_driver(MadeUpNvml(*MIXED)).cards, None)
    assert slots[2] == Device(
        key=f"gpu-{SECOND}",
        title="NVIDIA H200 MIG 1g.18gb, slice 2 of GPU 1",
        visible=SECOND,
        memory_mib=16_384,
        is_slice=True,
    )
    assert slots[0].title == "NVIDIA H200 0"


def test_the_only_slot_of_a_machine_needs_no_number() -> None:
    (gpu,) = visible_devices(ask_driver(MadeUpNvml(PLAIN[0])).cards, None)
    assert gpu.title == "NVIDIA H200"
    (part,) = visible_devices(ask_driver(MadeUpNvml(slices_of("GPU-bb22", mig_slice("1")))).cards, None)
    assert (part.title, part.is_slice) == ("NVIDIA H200 MIG 1g.18gb", True)


def test_a_slice_of_an_older_driver_has_a_lock_that_is_a_file_name() -> None:
    older = replace(mig_slice("1"), uuid="MIG-GPU-bb22/1/0")
    (part,) = visible_devices(ask_driver(MadeUpNvml(slices_of("GPU-bb22", older))).cards, "MIG-GPU-bb22/1/0")
    assert (part.key, part.visible) == ("gpu-MIG-GPU-bb22-1-0", "MIG-GPU-bb22/1/0")


def test_device_nodes_have_no_uuids_so_a_well_formed_one_is_believed() -> None:
    nodes = [Card(whole=Part(uuid="", name="GPU", memory_mib=None))] * 2
    assert [device.visible for device in visible_devices(nodes, "1,GPU-8f21,MIG-77")] == ["1", "GPU-8f21", "MIG-77"]
    assert [device.is_slice for device in visible_devices(nodes, "1,GPU-8f21,MIG-77")] == [False, False, True]
    assert visible_devices(nodes, "GPU-8f2/../x") == []
    assert visible_devices([], "GPU-8f21") == []
