"""ROIAlign for the CPU: the result of Detectron2's pooler in a fraction of the time.

torchvision's operator handles boxes, channels and samples one by one on a single core, and its gradient fills a map
as large as the features for every level. Here each cell of each box is a weighted sum of rows of features. torch
computes these sums for all levels at once, on all cores and along the channels.
"""

import torch
from detectron2.layers import ROIAlign
from detectron2.modeling.poolers import ROIPooler, assign_boxes_to_levels, convert_boxes_to_pooler_format
from detectron2.structures import Boxes
from torch.nn import functional as F


def pool_by_rows(model: torch.nn.Module) -> None:
    """Replaces the poolers of a model on the CPU by `RowPooler`, if it can compute the same."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, ROIPooler) and _is_replaceable(child):
                setattr(module, name, RowPooler(child))


def _is_replaceable(pooler: ROIPooler) -> bool:
    """Whether pixels are centred and each cell has a fixed number of samples; the zoo's number depends on the box."""
    aligns = list(pooler.level_poolers)
    return all(isinstance(align, ROIAlign) and align.aligned and align.sampling_ratio > 0 for align in aligns)


class RowPooler(torch.nn.Module):
    """Pools boxes from feature maps as Detectron2's ROIPooler (ROIAlignV2) does, up to rounding."""

    def __init__(self, pooler: ROIPooler) -> None:
        super().__init__()
        self.side: int = pooler.output_size[0]
        self.ratio: int = pooler.level_poolers[0].sampling_ratio
        self.scales = [level_pooler.spatial_scale for level_pooler in pooler.level_poolers]
        # The arguments of assign_boxes_to_levels.
        self.levels = (pooler.min_level, pooler.max_level, pooler.canonical_box_size, pooler.canonical_level)

    def forward(self, features: list[torch.Tensor], boxes: list[Boxes]) -> torch.Tensor:
        """Features (N, C, H, W) of each level, boxes of each image in its px -> (M, C, side, side) for all M boxes."""
        table = torch.cat([level.permute(0, 2, 3, 1).flatten(0, 2) for level in features])
        rows, weights = self._rows(features, boxes)
        cells = F.embedding_bag(rows, table, mode="sum", per_sample_weights=weights.to(table.dtype))
        return cells.view(-1, self.side, self.side, table.shape[1]).permute(0, 3, 1, 2)

    def _rows(self, features: list[torch.Tensor], boxes: list[Boxes]) -> tuple[torch.Tensor, torch.Tensor]:
        """The rows of the table that each cell sums, and their weights; both (cells, 4 samples²)."""
        corners = convert_boxes_to_pooler_format(boxes)
        level = self._levels(boxes)
        heights, widths = (torch.tensor([feature.shape[axis] for feature in features]) for axis in (2, 3))
        sizes = torch.tensor([feature.shape[0] * feature.shape[2] * feature.shape[3] for feature in features])
        height, width = heights[level], widths[level]
        first = (sizes.cumsum(0) - sizes)[level] + corners[:, 0].long() * height * width
        x1, y1, x2, y2 = (corners[:, 1:] * torch.tensor(self.scales)[level, None] - 0.5).unbind(1)
        y, y_weights = self._along(y1, y2, height)
        x, x_weights = self._along(x1, x2, width)
        rows = first[:, None, None] + (y * width[:, None, None])
        cells = (len(corners) * self.side**2, (2 * self.ratio) ** 2)
        return (
            (rows[:, :, None, :, None] + x[:, None, :, None, :]).reshape(cells),
            (y_weights[:, :, None, :, None] * x_weights[:, None, :, None, :]).reshape(cells),
        )

    def _levels(self, boxes: list[Boxes]) -> torch.Tensor:
        """The level of each box, (M,)."""
        if len(self.scales) == 1:
            return torch.zeros(sum(len(box) for box in boxes), dtype=torch.long)
        levels: torch.Tensor = assign_boxes_to_levels(boxes, *self.levels)
        return levels

    def _along(self, start: torch.Tensor, end: torch.Tensor, length: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The pixels that each cell reads along one axis, and their weights; both (M, side, 2 samples).

        Args: start, end (M,) the box's borders in px of its level; length (M,) the map's size. Sampling is bilinear. A
        sample more than a pixel outside the map counts as 0, any other is moved to the map's border.
        """
        steps = (torch.arange(self.side * self.ratio) + 0.5) / (self.side * self.ratio)
        at, last = start[:, None] + steps * (end - start)[:, None], (length - 1)[:, None]
        inside = (at >= -1) & (at <= length[:, None])
        at = at.clamp(min=0).minimum(last)
        low = at.long()
        share = at - low
        pixels = torch.stack([low, torch.minimum(low + 1, last)], dim=2)
        weights = torch.stack([1 - share, share], dim=2) * inside[:, :, None] / self.ratio
        shape = (len(start), self.side, 2 * self.ratio)
        return pixels.reshape(shape), weights.reshape(shape)
