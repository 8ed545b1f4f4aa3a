import sys

import pytest

from core.training.launch.nvml import Card, Part, ask_driver
from tests.factories.workers.made_up_nvml import MadeUpNvml, MadeUpPart, mig_slice, slices_of


def test_the_driver_names_its_gpus_with_their_memory() -> None:
    second = MadeUpPart(uuid="GPU-b", name="NVIDIA L4", memory_mib=23_034)
    answer = ask_driver(MadeUpNvml(MadeUpPart(uuid="GPU-a"), second))
    assert answer.is_final and not answer.problem
    assert answer.cards == (
        Card(whole=Part(uuid="GPU-a", name="NVIDIA H200", memory_mib=143_771)),
        Card(whole=Part(uuid="GPU-b", name="NVIDIA L4", memory_mib=23_034)),
    )


def test_the_slices_of_a_divided_gpu_are_parts_and_empty_places_are_not() -> None:
    (card,) = ask_driver(MadeUpNvml(slices_of("GPU-a", mig_slice("1"), None, mig_slice("2")))).cards
    assert card is not None and card.slices is not None
    assert [part.uuid for part in card.slices] == ["MIG-11111111-0000", "MIG-22222222-0000"]
    assert {part.memory_mib for part in card.slices} == {16_384}


def test_a_gpu_that_could_be_divided_and_is_not_has_no_slices() -> None:
    (card,) = ask_driver(MadeUpNvml(MadeUpPart(uuid="GPU-a", mig=False, slices=[None]))).cards
    assert card is not None and card.slices is None


@pytest.mark.parametrize("function", ["nvmlDeviceGetUUID", "nvmlDeviceGetName"])
def test_a_gpu_that_does_not_answer_keeps_its_place_empty(function: str) -> None:
    lost = MadeUpPart(uuid="GPU-a", refuses={function: "NVMLError_GpuIsLost"})
    first, second, third = ask_driver(MadeUpNvml(lost, MadeUpPart(uuid="GPU-b"), None)).cards
    assert (first, third) == (None, None)
    assert second is not None and second.whole.uuid == "GPU-b"


def test_memory_that_the_driver_does_not_tell_is_unknown() -> None:
    silent = MadeUpPart(uuid="GPU-a", refuses={"nvmlDeviceGetMemoryInfo": "NVMLError_NotSupported"})
    (card,) = ask_driver(MadeUpNvml(silent)).cards
    assert card is not None and card.whole.memory_mib is None


@pytest.mark.parametrize(
    ("error", "is_final", "problem"),
    [
        pytest.param("NVMLError_LibraryNotFound", False, "", id="no library"),
        pytest.param("NVMLError_Unknown", False, "", id="unknown error"),
        pytest.param("NVMLError_NoPermission", False, "", id="no permission"),
        pytest.param("NVMLError_DriverNotLoaded", True, "not running", id="driver not loaded"),
        pytest.param("NVMLError_LibRmVersionMismatch", True, "Restart the machine.", id="driver of another version"),
    ],
)
def test_a_driver_that_cannot_start_is_final_only_if_cuda_cannot_either(
    error: str, is_final: bool, problem: str
) -> None:
    answer = ask_driver(MadeUpNvml(error=error))
    assert (answer.cards, answer.is_final) == ((), is_final)
    assert problem in answer.problem
    assert bool(answer.problem) == bool(problem)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        pytest.param(None, "may not use", id="not this process's"),
        pytest.param(slices_of("GPU-a", None), "no slice", id="divided, without slices"),
    ],
)
def test_gpus_of_which_none_can_be_used_are_explained(card: MadeUpPart | None, words: str) -> None:
    assert words in ask_driver(MadeUpNvml(card)).problem
    assert ask_driver(MadeUpNvml(card, MadeUpPart(uuid="GPU-b"))).problem == ""


@pytest.mark.parametrize("cards", [(), (MadeUpPart(uuid="GPU-a"),), (None,)], ids=["none", "one", "refused"])
def test_the_library_is_closed_again(cards: tuple[MadeUpPart | None, ...]) -> None:
    nvml = MadeUpNvml(*cards)
    ask_driver(nvml)
    assert not nvml.is_open
    assert nvml.asked[-1] == "nvmlShutdown"


def test_without_the_module_another_source_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert not ask_driver().is_final


def test_names_that_an_older_module_gives_as_bytes_are_text() -> None:
    nvml = MadeUpNvml(MadeUpPart(uuid="GPU-a"))
    nvml.nvmlDeviceGetName = lambda part: b"Tesla V100"  # type: ignore[assignment,return-value,method-assign]
    (card,) = ask_driver(nvml).cards
    assert card is not None and card.whole.name == "Tesla V100"
