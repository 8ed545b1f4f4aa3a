"""A stand-in for the module `pynvml` and the driver behind it: GPUs, MIG slices, and what they refuse."""

import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pynvml
import pytest

from core.training.launch.devices import driver_answer
from core.training.launch.nvml import Answer, ask_driver


@dataclass(kw_only=True)
class MadeUpPart:
    """A GPU, or a MIG slice. `slices` is None for a GPU that cannot be divided; an empty place in it is None."""

    uuid: str
    name: str = "NVIDIA H200"
    memory_mib: int = 143_771
    mig: bool = False
    slices: list["MadeUpPart | None"] | None = None
    refuses: dict[str, str] = field(default_factory=dict)  # function -> the error that it raises


def slices_of(uuid: str, *slices: "MadeUpPart | None") -> MadeUpPart:
    """A GPU that MIG divides."""
    return MadeUpPart(uuid=uuid, mig=True, slices=list(slices))


def mig_slice(letter: str) -> MadeUpPart:
    """A slice with the UUID of this letter."""
    return MadeUpPart(uuid=f"MIG-{letter * 8}-0000", name="NVIDIA H200 MIG 1g.18gb", memory_mib=16_384)


class MadeUpNvml(types.ModuleType):
    """The functions and errors of `pynvml` that are used here, for these GPUs; None is one that this process may not
    use. `error` is what `nvmlInit` raises. As the real one, it refuses every question unless it is initialised."""

    def __init__(self, *cards: MadeUpPart | None, error: str = "") -> None:
        super().__init__("pynvml")
        self._cards, self._error, self._open = cards, error, 0
        self.asked: list[str] = []
        for name in dir(pynvml):
            if name.startswith("NVMLError") or name == "NVML_DEVICE_MIG_ENABLE":
                setattr(self, name, getattr(pynvml, name))

    @property
    def is_open(self) -> bool:
        """Whether it was initialised and not shut down as often."""
        return self._open > 0

    def _raise(self, name: str) -> None:
        raise getattr(pynvml, name)()

    def _answer(self, question: str, part: MadeUpPart | None = None) -> None:
        self.asked.append(question)
        if not self._open:
            self._raise("NVMLError_Uninitialized")
        if part and question in part.refuses:
            self._raise(part.refuses[question])

    def nvmlInit(self) -> None:
        if self._error:
            self._raise(self._error)
        self._open += 1

    def nvmlShutdown(self) -> None:
        self._answer("nvmlShutdown")
        self._open -= 1

    def nvmlDeviceGetCount(self) -> int:
        self._answer("nvmlDeviceGetCount")
        return len(self._cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> MadeUpPart:
        self._answer("nvmlDeviceGetHandleByIndex")
        card = self._cards[index]
        if card is None:
            self._raise("NVMLError_NoPermission")
        assert card
        return card

    def nvmlDeviceGetMigMode(self, card: MadeUpPart) -> list[int]:
        self._answer("nvmlDeviceGetMigMode", card)
        if card.slices is None:
            self._raise("NVMLError_NotSupported")
        return [int(card.mig), int(card.mig)]

    def nvmlDeviceGetMaxMigDeviceCount(self, card: MadeUpPart) -> int:
        self._answer("nvmlDeviceGetMaxMigDeviceCount", card)
        return len(card.slices or [])

    def nvmlDeviceGetMigDeviceHandleByIndex(self, card: MadeUpPart, place: int) -> MadeUpPart:
        self._answer("nvmlDeviceGetMigDeviceHandleByIndex", card)
        part = (card.slices or [])[place]
        if part is None:
            self._raise("NVMLError_NotFound")
        assert part
        return part

    def nvmlDeviceGetUUID(self, part: MadeUpPart) -> str:
        self._answer("nvmlDeviceGetUUID", part)
        return part.uuid

    def nvmlDeviceGetName(self, part: MadeUpPart) -> str:
        self._answer("nvmlDeviceGetName", part)
        return part.name

    def nvmlDeviceGetMemoryInfo(self, part: MadeUpPart) -> Any:
        self._answer("nvmlDeviceGetMemoryInfo", part)
        return types.SimpleNamespace(total=part.memory_mib * 2**20, free=0, used=0)


@contextmanager
def driver_of(*cards: MadeUpPart | None, error: str = "") -> Iterator[None]:
    """This process on a machine with these GPUs, whatever it asked before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pynvml", MadeUpNvml(*cards, error=error))
        patch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        driver_answer.cache_clear()
        yield
    driver_answer.cache_clear()


def asks(*cards: MadeUpPart | None, error: str = "") -> Callable[[], Answer]:
    """What `find_devices` asks on a machine with these GPUs."""
    return lambda: ask_driver(MadeUpNvml(*cards, error=error))


def asks_nobody() -> Answer:
    """What `find_devices` asks on a machine without the driver's library."""
    return ask_driver(MadeUpNvml(error="NVMLError_LibraryNotFound"))
