"""Regions in which nothing is learned: crowd regions, and regions without a class.

An anchor or a proposal that lies in a region and on no object is neither positive nor negative. *In* follows COCO's
rule for crowd regions in evaluation: at least half of the box, as far as it lies in the image. An object in a region is
learned, as it is evaluated.

The regions of an image travel with its objects (`Objects`), so that they reach every step that compares boxes with
objects. `honour_regions` replaces these steps in Detectron2's models.
"""

from typing import Any, Final, Self

import torch
from detectron2.modeling.meta_arch import RetinaNet
from detectron2.modeling.proposal_generator import RPN
from detectron2.modeling.roi_heads import CascadeROIHeads, Res5ROIHeads, ROIHeads, StandardROIHeads
from detectron2.structures import Boxes, Instances, pairwise_ioa, pairwise_iou

IOA_FROM: Final = 0.5


class Objects(Instances):
    """The objects of a training image, and its regions; those are no field, because their number is another."""

    _regions: torch.Tensor  # (R, 4) corners in px of the image that the model sees

    @classmethod
    def of(cls, instances: Instances, regions: torch.Tensor) -> Self:
        """The objects of `instances` with regions (R, 4)."""
        made = cls(instances.image_size, **instances.get_fields())
        made._regions = regions
        return made

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """A copy with every tensor on a device, as in Detectron2."""
        return self.of(super().to(*args, **kwargs), self._regions.to(*args, **kwargs))


def regions_of(instances: Instances) -> torch.Tensor:
    """(R, 4) the regions of an image's objects; none for objects without them."""
    if isinstance(instances, Objects):
        return instances._regions
    boxes: torch.Tensor = instances.gt_boxes.tensor
    return boxes.new_zeros((0, 4))


def lie_in_regions(boxes: Boxes, instances: Instances) -> torch.Tensor:
    """(N,) whether each box lies in a region of the image: at least IOA_FROM of its area, in one of them."""
    regions = regions_of(instances)
    if not len(regions):
        return torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    # Anchors reach over the border, where there is nothing to see: a region at the border cannot hold half of them.
    visible = boxes.clone()
    visible.clip(instances.image_size)
    inside: torch.Tensor = pairwise_ioa(Boxes(regions), visible).amax(dim=0) >= IOA_FROM
    return inside


class _RegionRPN(RPN):
    def label_and_sample_anchors(
        self, anchors: list[Boxes], gt_instances: list[Instances]
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        labels, boxes = super().label_and_sample_anchors(anchors, gt_instances)
        return _without_negatives(labels, 0, anchors, gt_instances), boxes


class _RegionRetinaNet(RetinaNet):
    def label_anchors(
        self, anchors: list[Boxes], gt_instances: list[Instances]
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        labels, boxes = super().label_anchors(anchors, gt_instances)
        return _without_negatives(labels, self.num_classes, anchors, gt_instances), boxes


def _without_negatives(
    labels: list[torch.Tensor], negative: int, anchors: list[Boxes], targets: list[Instances]
) -> list[torch.Tensor]:
    """The labels (A,) of each image's anchors, with -1 (ignored) in place of `negative` in regions."""
    everywhere = Boxes.cat(anchors)
    for label, target in zip(labels, targets, strict=True):
        label[lie_in_regions(everywhere, target) & (label == negative)] = -1
    return labels


class _RegionHeads(ROIHeads):
    def label_and_sample_proposals(self, proposals: list[Instances], targets: list[Instances]) -> list[Instances]:
        # Before the sampling, so that as many boxes are learned from as without regions.
        kept = [self._countable(proposed, target) for proposed, target in zip(proposals, targets, strict=True)]
        sampled: list[Instances] = super().label_and_sample_proposals(kept, targets)
        return sampled

    def _countable(self, proposals: Instances, target: Instances) -> Instances:
        """The proposals of an image that lie on an object or outside all regions."""
        boxes = proposals.proposal_boxes
        ignored = lie_in_regions(boxes, target)
        if ignored.any():
            _, labels = self.proposal_matcher(pairwise_iou(target.gt_boxes, boxes))
            proposals = proposals[~ignored | (labels == 1)]
        return proposals


class _RegionStandardHeads(_RegionHeads, StandardROIHeads):
    pass


class _RegionRes5Heads(_RegionHeads, Res5ROIHeads):
    pass


class _RegionCascadeHeads(_RegionHeads, CascadeROIHeads):
    def _match_and_label_boxes(
        self, proposals: list[Instances], stage: int, targets: list[Instances]
    ) -> list[Instances]:
        labelled = super()._match_and_label_boxes(proposals, stage, targets)
        return [
            proposed[~(lie_in_regions(proposed.proposal_boxes, target) & (proposed.gt_classes == self.num_classes))]
            for proposed, target in zip(labelled, targets, strict=True)
        ]


_WITH_REGIONS: Final[dict[type[torch.nn.Module], type[torch.nn.Module]]] = {
    RPN: _RegionRPN,
    RetinaNet: _RegionRetinaNet,
    StandardROIHeads: _RegionStandardHeads,
    Res5ROIHeads: _RegionRes5Heads,
    CascadeROIHeads: _RegionCascadeHeads,
}


def honour_regions(model: torch.nn.Module) -> None:
    """Makes a model of Detectron2 ignore regions in training. Parts of another kind learn in them as before."""
    for module in model.modules():
        if kind := _WITH_REGIONS.get(type(module)):
            # The subclass adds no state. A name in the configuration would be another model for whoever reads it.
            module.__class__ = kind
