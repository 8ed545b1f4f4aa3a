"""Test-time augmentation: runs the model on several views of each image and merges the boxes.

Detectron2's version resizes for 800 px images and keeps the highest score of any view. Ours evaluates every view at the
recipe's test size, applies the flips and rotations used in training, and averages scores, so a box seen in one view
only scores lower.
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
from core.worker.inference.box_fusion import ViewBoxes, fuse
from core.worker.model.detectron import CfgNode

# Views in a batch: first those with the image's shape, then those with its sides swapped.
_BATCH: Final = 4


class TestTimeAugmentation(GeneralizedRCNNWithTTA):
    """Detects objects on a batch of resized samples, as the model does, but on all `views` of each.

    It takes as many times the model's time as there are views. Boxes are fused (core.worker.inference.box_fusion), and
    the masks of a fused box are averaged. The model must have proposals (`make_config` refuses others).
    """

    def __init__(self, cfg: CfgNode, model: torch.nn.Module, views: Sequence[View]) -> None:
        assert isinstance(model, GeneralizedRCNN)
        self._views = views
        super().__init__(cfg, model, tta_mapper=self._views_of, batch_size=_BATCH)

    def _views_of(self, sample: Record) -> list[Record]:
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
        """The boxes of each view in px of the image; Detectron2 returns three lists over all views instead."""
        per_view = []
        for out, transform in zip(self._batch_inference(views), transforms, strict=True):
            boxes = transform.inverse().apply_box(out.pred_boxes.tensor.float().cpu().numpy())
            per_view.append(
                ViewBoxes(boxes=boxes, scores=out.scores.float().cpu().numpy(), classes=out.pred_classes.cpu().numpy())
            )
        return per_view, None, None

    def _merge_detections(
        self, views: list[ViewBoxes], _scores: None, _classes: None, shape: tuple[int, int]
    ) -> Instances:
        fused = fuse(views, self.cfg.MODEL.ROI_HEADS.NMS_THRESH_TEST, self.cfg.TEST.DETECTIONS_PER_IMAGE)
        boxes = Boxes(torch.from_numpy(fused.boxes).float())
        boxes.clip(shape)
        scores, classes = torch.from_numpy(fused.scores).float(), torch.from_numpy(fused.classes)
        merged = Instances(shape, pred_boxes=boxes, scores=scores, pred_classes=classes)
        return merged.to(self.model.device)

    def _reduce_pred_masks(self, outs: list[Instances], transforms: list[TransformList]) -> torch.Tensor:
        """The mean of the views' masks, (N, 1, side, side), rotated and flipped back."""
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
