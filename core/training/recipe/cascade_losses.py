"""The names of a cascade's losses: one of each kind per box head, `cls_stage0` to `box_reg_stage2`."""

from collections.abc import Iterable


def stage_of(loss: str) -> tuple[str, int]:
    """The loss's name without its stage, and the stage from 0; -1 if it has none."""
    name, _, stage = loss.partition("_stage")
    return (name, int(stage)) if stage.isdecimal() else (loss, -1)


def later_heads(losses: Iterable[str]) -> list[str]:
    """The losses of the second and later box heads.

    A later head learns only from boxes that the head before placed well enough. So its loss rises while the model gets
    better: two points of such a curve cannot be compared, nor two totals that contain it.
    """
    return [loss for loss in losses if stage_of(loss)[1] > 0]
