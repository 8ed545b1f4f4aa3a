"""The losses of a cascade: one of each kind for every box head, `cls_stage0` to `box_reg_stage2`."""

from collections.abc import Iterable


def stage_of(loss: str) -> tuple[str, int]:
    """The loss without its stage of a cascade, and that stage from 0; -1 where it has none."""
    name, _, place = loss.partition("_stage")
    return (name, int(place)) if place.isdecimal() else (loss, -1)


def later_heads(losses: Iterable[str]) -> list[str]:
    """Of the losses, those of the second and later box heads.

    These heads learn only from what the ones before place well enough, so their losses rise while the model becomes
    better at that: two points of such a curve cannot be compared, nor can two totals with them.
    """
    return [loss for loss in losses if stage_of(loss)[1] > 0]
