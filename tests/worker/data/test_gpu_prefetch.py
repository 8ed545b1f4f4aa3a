from typing import Any

import torch
from detectron2.structures import BitMasks, Boxes, Instances

from core.worker.data.gpu_prefetch import DeviceBatches


def _sample() -> dict[str, object]:
    objects = Instances((4, 6))
    objects.gt_boxes = Boxes(torch.tensor([[0.0, 1.0, 2.0, 3.0]]))
    objects.gt_classes = torch.tensor([1])
    objects.gt_masks = BitMasks(torch.ones(1, 4, 6, dtype=torch.bool))
    return {"image": torch.zeros(3, 4, 6, dtype=torch.uint8), "instances": objects, "file_name": "a.png"}


def test_every_tensor_of_a_batch_is_moved_and_the_batch_itself_is_left_as_it_was() -> None:
    # The device without data stands for a GPU: what is on it can be asked for its place and shape only.
    given: list[dict[str, Any]] = [_sample(), {"image": torch.zeros(3, 2, 2), "file_name": "b.png"}]
    ((first, second),) = DeviceBatches([given], torch.device("meta"))
    assert first["image"].device.type == second["image"].device.type == "meta"
    fields = first["instances"].get_fields()
    assert {name: value.device.type for name, value in fields.items()} == dict.fromkeys(fields, "meta")
    assert first["instances"].image_size == (4, 6)
    assert first["file_name"] == "a.png"
    assert given[0]["image"].device.type == "cpu"
    assert given[0]["instances"].gt_boxes.device.type == "cpu"


def test_values_arrive_unchanged() -> None:
    ((moved,),) = DeviceBatches([[_sample()]], torch.device("cpu"))
    assert moved["instances"].gt_boxes.tensor.tolist() == [[0, 1, 2, 3]]
    assert moved["instances"].gt_masks.tensor.all()
