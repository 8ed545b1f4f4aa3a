"""Test-time augmentation: each image judged in several ways, and the looks merged.

Detectron2's own looks at sizes for images of 800 px, and keeps the highest score of any look. Here the test size
rules all looks, which are turned as training turned the images, and what only one of them sees counts for less.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from detectron2.data import transforms as T
from detectron2.modeling import GeneralizedRCNN, GeneralizedRCNNWithTTA
from detectron2.structures import Boxes, Instances
from fvcore.transforms.transform import HFlipTransform, Transform, TransformList

from core.training.recipe.recipe import View
from core.worker.data.augment import QuarterTurns
from core.worker.data.dataset import Record
from core.worker.inference.box_fusion import Found, fuse
from core.worker.model.detectron import CfgNode

# Looks a step: those of an image that have its shape, and then those with sides exchanged.
_BATCH: Final = 4


class TestTimeAugmentation(GeneralizedRCNNWithTTA):
    """Judges a batch of resized samples as the model itself does, each of them in all the given ways.

    As many times the work of the model alone. Boxes are fused (core.worker.inference.box_fusion); masks, where the
    model draws them,
    are those of the fused boxes, averaged. The model is one with proposals (`make_config` refuses the others).
    """

    def __init__(self, cfg: CfgNode, model: torch.nn.Module, views: Sequence[View]) -> None:
        assert isinstance(model, GeneralizedRCNN)
        self._views = views
        super().__init__(cfg, model, tta_mapper=self._looked_at, batch_size=_BATCH)

    def _looked_at(self, sample: Record) -> list[Record]:
        height, width = sample["image"].shape[1:]
        resized = T.ResizeTransform(sample["height"], sample["width"], height, width)
        plain = {name: value for name, value in sample.items() if name != "instances"}
        views = []
        for view in self._views:
            image, steps = sample["image"], list[Transform]([resized])
            if view.mirrored:
                image = image.flip(2)
                steps.append(HFlipTransform(width))
            if view.turns:
                image = torch.rot90(image, view.turns, (1, 2))
                steps.append(QuarterTurns(width, height, view.turns))
            views.append({**plain, "image": image.contiguous(), "transforms": TransformList(steps)})
        return views

    def _get_augmented_boxes(self, views: list[Record], transforms: list[TransformList]) -> Any:
        """What each look found, in the image's own px; Detectron2 has it as three lists without the looks."""
        found = []
        for out, transform in zip(self._batch_inference(views), transforms, strict=True):
            boxes = transform.inverse().apply_box(out.pred_boxes.tensor.float().cpu().numpy())
            found.append(
                Found(boxes=boxes, scores=out.scores.float().cpu().numpy(), classes=out.pred_classes.cpu().numpy())
            )
        return found, None, None

    def _merge_detections(self, found: list[Found], _scores: None, _classes: None, shape: tuple[int, int]) -> Instances:
        fused = fuse(found, self.cfg.MODEL.ROI_HEADS.NMS_THRESH_TEST, self.cfg.TEST.DETECTIONS_PER_IMAGE)
        boxes = Boxes(torch.from_numpy(fused.boxes).float())
        boxes.clip(shape)
        scores, classes = torch.from_numpy(fused.scores).float(), torch.from_numpy(fused.classes)
        merged = Instances(shape, pred_boxes=boxes, scores=scores, pred_classes=classes)
        return merged.to(self.model.device)

    def _reduce_pred_masks(self, outs: list[Instances], transforms: list[TransformList]) -> torch.Tensor:
        """(N, 1, side, side) the mean of the masks, turned back."""
        masks = []
        for out, transform in zip(outs, transforms, strict=True):
            mask = out.pred_masks
            for step in reversed(transform.transforms):
                if isinstance(step, QuarterTurns):
                    mask = torch.rot90(mask, -step.turns, (2, 3))
                elif isinstance(step, HFlipTransform):
                    mask = mask.flip(3)
            masks.append(mask)
        return torch.stack(masks).mean(dim=0)
