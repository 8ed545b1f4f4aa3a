"""Copies batches to a GPU without blocking the host."""

from collections.abc import Iterable, Iterator

import torch
from detectron2.structures import Boxes, Instances

from core.worker.data.dataset import Record
from core.worker.model.ignored_regions import Objects, regions_of


class DeviceBatches:
    """Batches with their tensors on a device.

    Copies from pinned memory are queued, and the host does not wait for them. The model's own copies would wait, but
    have nothing left to do.
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

    def _instances(self, objects: Instances) -> Instances:
        """The objects on the device. Field by field, because boxes of Detectron2 0.6 take no `non_blocking`."""
        moved = Instances(objects.image_size)
        if isinstance(objects, Objects):
            moved = Objects.of(moved, regions_of(objects).to(self._device, non_blocking=True))
        for name, value in objects.get_fields().items():
            if isinstance(value, Boxes):
                moved.set(name, Boxes(value.tensor.to(self._device, non_blocking=True)))
            else:
                moved.set(name, value.to(self._device, non_blocking=True))
        return moved
