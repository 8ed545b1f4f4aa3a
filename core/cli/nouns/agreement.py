"""The verb that compares two people's labels of the same images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from core.cli.box_filter import iou_option
from core.cli.declaring import FILE, verb
from core.services import agreement
from core.settings import Settings


@verb("agreement")
@click.argument("first", metavar="FIRST")
@click.argument("second", metavar="SECOND")
@click.option("--first-version", default="", metavar="V", help="default: the newest")
@click.option("--second-version", default="", metavar="V", help="default: the newest")
@iou_option("IoU from which two boxes are one object, 0 to 1; default: 0.5")
@click.option("--csv", "csv", type=FILE, metavar="FILE", help="write the places where the two differ")
def agreement_verb(
    settings: Settings, first: str, second: str, first_version: str, second_version: str, iou: float | None,
    csv: Path | None,
) -> Any:  # fmt: skip
    """
    `first {dataset, name, version, objects}, second {the same}, iou, images` (labelled by both)`, first_only,
    second_only` (images that the other does not have)`, not_labelled, objects_first, objects_second, both` (pairs of
    the same object and class)`, agreement` (2 both / (objects_first + objects_second))`, mean_iou` (of the pairs)`, ap`
    (precision times recall at COCO's ten IoU, the same from either side: the ceiling of this data set)`, per_class
    [{name, objects_first, objects_second, both, agreement, mean_iou, ap}], mixed [{first, second, objects}]` (the same
    place under two classes)`, differences {only_first, only_second, class, place}` (places; place: boxes of one object
    that overlap by less than 0.75)`, notes`
    """
    compared = agreement.compare_labels(
        settings, first, second, first_version, second_version, 0.5 if iou is None else iou
    )
    if csv is not None:
        agreement.write_differences(compared, csv)
    return agreement.agreement_json(compared)
