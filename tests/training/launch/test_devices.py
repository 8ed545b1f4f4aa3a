from pathlib import Path

import pytest

from core.errors import RecipeError
from core.training.launch import devices
from core.training.launch.devices import (
    CORES_VARIABLE,
    Device,
    cpu_title,
    find_devices,
    slots_for,
    together,
    usable_cores,
    usable_for,
    why_no_gpu,
)
from core.training.launch.nvml import Answer
from tests.factories.workers.made_up_nvml import MadeUpPart, asks, asks_nobody, mig_slice, slices_of

PLAIN = MadeUpPart(uuid="GPU-a")
DIVIDED = slices_of("GPU-a", mig_slice("1"), mig_slice("2"))


def _machine(tmp_path: Path, gpus: int) -> tuple[Path, Path]:
    nodes, driver = tmp_path / "dev", tmp_path / "driver"
    nodes.mkdir()
    for name in [*(f"nvidia{index}" for index in range(gpus)), "nvidiactl", "nvidia-uvm", "null"]:
        (nodes / name).touch()
    for index in range(gpus):
        folder = driver / f"0000:0{index}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text(f"Model: \t\t NVIDIA H100\nIRQ: 16\nDevice Minor: \t {index}\n")
    return nodes, driver


@pytest.mark.parametrize(
    ("gpus", "visible", "keys"),
    [
        pytest.param(0, None, ["cpu"], id="no GPU"),
        pytest.param(1, None, ["gpu0"], id="one GPU"),
        pytest.param(3, None, ["gpu0", "gpu1", "gpu2"], id="three GPUs"),
        pytest.param(3, "2,0", ["gpu2", "gpu0"], id="chosen and ordered"),
        pytest.param(2, "", ["cpu"], id="hidden"),
        pytest.param(2, "-1", ["cpu"], id="hidden by -1"),
        pytest.param(2, "0,7,1", ["gpu0"], id="cut at the first that does not exist"),
        pytest.param(2, "1,1", ["gpu1"], id="named twice"),
        pytest.param(0, "0", ["cpu"], id="asked for without one"),
        pytest.param(1, "GPU-8f2/../x", ["cpu"], id="no path from outside"),
        pytest.param(1, "GPU-8f21", ["gpu-GPU-8f21"], id="by UUID"),
    ],
)
def test_slots_are_the_gpus_that_cuda_would_see(
    tmp_path: Path, gpus: int, visible: str | None, keys: list[str]
) -> None:
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    devices = find_devices(environment, *_machine(tmp_path, gpus), asks_nobody)
    assert [device.key for device in devices] == keys


def test_a_slot_shows_its_gpu_only_and_has_the_drivers_name(tmp_path: Path) -> None:
    first, second = find_devices({}, *_machine(tmp_path, 2), asks_nobody)
    assert second == Device(key="gpu1", title="NVIDIA H100 1", visible="1")
    assert first.is_gpu


def test_the_cpu_slot_hides_every_gpu(tmp_path: Path) -> None:
    (cpu,) = find_devices({}, *_machine(tmp_path, 0), asks_nobody)
    assert (cpu.visible, cpu.is_gpu) == ("", False)
    assert cpu.title.startswith("CPU, ")


def test_two_equal_gpus_together_are_named_by_their_number_and_are_both_visible(tmp_path: Path) -> None:
    assert together(find_devices({}, *_machine(tmp_path, 2), asks_nobody)) == Device(
        key="gpu0+gpu1", title="2 × NVIDIA H100", visible="0,1"
    )


def test_a_single_device_together_is_itself(tmp_path: Path) -> None:
    (gpu,) = find_devices({}, *_machine(tmp_path, 1), asks_nobody)
    assert together([gpu]) is gpu


@pytest.mark.parametrize(("cores", "title"), [(1, "CPU, 1 core"), (2, "CPU, 2 cores")])
def test_the_cpu_is_named_with_its_cores(cores: int, title: str) -> None:
    assert cpu_title(cores) == title


def test_several_processes_need_a_gpu_each_or_the_one_cpu(tmp_path: Path) -> None:
    assert slots_for(2, find_devices({}, *_machine(tmp_path, 2), asks_nobody)) == 2
    assert slots_for(2, [Device(key="cpu", title="CPU, 2 cores")]) == 1


def test_more_gpus_than_there_are_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="wants 4 GPUs, and this machine has 2 GPUs") as raised:
        slots_for(4, find_devices({}, *_machine(tmp_path, 2), asks_nobody))
    assert raised.value.remedy


@pytest.mark.parametrize(("granted", "cores"), [("1", 1), ("100000", None), ("", None), ("many", None)])
def test_a_cluster_can_grant_fewer_cores_than_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, granted: str, cores: int | None
) -> None:
    monkeypatch.delenv(CORES_VARIABLE, raising=False)
    all_of_them = usable_cores()
    monkeypatch.setenv(CORES_VARIABLE, granted)
    assert usable_cores() == (cores or all_of_them)


def test_wsl_has_no_device_nodes_and_the_driver_names_the_gpu(tmp_path: Path) -> None:
    card = MadeUpPart(uuid="GPU-a", name="NVIDIA RTX 4090", memory_mib=24_564)
    (gpu,) = find_devices({}, *_machine(tmp_path, 0), asks(card))
    assert gpu == Device(key="gpu0", title="NVIDIA RTX 4090", visible="0", memory_mib=24_564)


def test_the_drivers_word_counts_more_than_device_nodes(tmp_path: Path) -> None:
    machine = _machine(tmp_path, 3)
    assert [device.key for device in find_devices({}, *machine, asks(MadeUpPart(uuid="GPU-a")))] == ["gpu0"]
    assert [device.key for device in find_devices({}, *machine, asks(error="NVMLError_DriverNotLoaded"))] == ["cpu"]


def test_each_slice_of_a_divided_gpu_is_a_slot(tmp_path: Path) -> None:
    slots = find_devices({}, *_machine(tmp_path, 1), asks(DIVIDED))
    assert [slot.visible for slot in slots] == ["MIG-11111111-0000", "MIG-22222222-0000"]
    assert [slot.is_gpu for slot in slots] == [True, True]


def test_a_run_of_several_processes_leaves_slices_alone() -> None:
    slots = find_devices({}, ask=asks(DIVIDED, MadeUpPart(uuid="GPU-b"), MadeUpPart(uuid="GPU-c")))
    assert [slot.visible for slot in usable_for(2, slots)] == ["GPU-b", "GPU-c"]
    assert usable_for(1, slots) == list(slots)
    assert slots_for(2, slots) == 2
    with pytest.raises(RecipeError, match="this machine has 2 GPUs beside MIG slices") as raised:
        slots_for(3, slots)
    assert "A MIG slice trains alone." in raised.value.remedy


@pytest.mark.parametrize(
    ("environment", "cards", "error", "system", "words"),
    [
        pytest.param({}, (), "NVMLError_LibraryNotFound", ("linux", "x86_64"), "", id="no GPU"),
        pytest.param({}, (), "NVMLError_LibRmVersionMismatch", ("linux", "x86_64"), "updated", id="broken driver"),
        pytest.param(
            {"CUDA_VISIBLE_DEVICES": ""}, (), "NVMLError_LibRmVersionMismatch", ("linux", "x86_64"), "", id="hidden"
        ),
        pytest.param(
            {"CUDA_VISIBLE_DEVICES": "7"}, (PLAIN,), "", ("linux", "x86_64"), "names no GPU of", id="a wrong number"
        ),
        pytest.param({}, (), "NVMLError_LibraryNotFound", ("darwin", "arm64"), "Apple's GPU", id="Apple"),
        pytest.param({}, (), "NVMLError_LibraryNotFound", ("darwin", "x86_64"), "", id="an older Mac"),
    ],
)
def test_a_gpu_that_is_not_used_has_a_reason(
    environment: dict[str, str], cards: tuple[MadeUpPart, ...], error: str, system: tuple[str, str], words: str
) -> None:
    why = why_no_gpu(environment, asks(*cards, error=error), system)
    assert words in why
    assert bool(why) == bool(words)


def test_the_driver_is_asked_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask() -> Answer:
        asked.append(1)
        return asks(MadeUpPart(uuid="GPU-a"))()

    monkeypatch.setattr(devices, "ask_driver", ask)
    devices.driver_answer.cache_clear()
    try:
        assert [find_devices({})[0].key for _ in range(3)] == ["gpu0"] * 3
    finally:
        devices.driver_answer.cache_clear()
    assert asked == [1]
