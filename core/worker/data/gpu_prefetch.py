"""Batches on their way to a GPU: copied while the host goes on."""

from collections.abc import Iterable, Iterator

import torch
from detectron2.structures import Boxes, Instances

from core.worker.data.dataset import Record


class DeviceBatches:
    """Batches with their tensors on a device.

    From pinned memory the copies are queued and the host does not wait for them; the model's own copies, which would
    wait, then find everything in place.
    """

    def __init__(self, batches: Iterable[list[Record]], device: torch.device) -> None:
        self._batches, self._device = batches, device

    def __iter__(self) -> Iterator[list[Record]]:
        for batch in self._batches:
            yield [self._moved(sample) for sample in batch]

    def _moved(self, sample: Record) -> Record:
        moved = {**sample, "image": sample["image"].to(self._device, non_blocking=True)}
        if "instances" in sample:
            moved["instances"] = self._instances(sample["instances"])
        return moved

    def _instances(self, given: Instances) -> Instances:
        """The objects on the device. Field by field, because the boxes of release 0.6 take no `non_blocking`."""
        moved = Instances(given.image_size)
        for name, value in given.get_fields().items():
            if isinstance(value, Boxes):
                moved.set(name, Boxes(value.tensor.to(self._device, non_blocking=True)))
            else:
                moved.set(name, value.to(self._device, non_blocking=True))
        return moved
