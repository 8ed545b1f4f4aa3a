"""The label formats, one module each. core.labels.formats.base defines their interface."""

from typing import Final, cast

from core.labels.formats import (
    coco,
    csv_boxes,
    cvat,
    datumaro,
    detectron2,
    labelme,
    labelstudio,
    openimages,
    text_rows,
    via,
    voc,
    vott,
)
from core.labels.formats.base import Reader

READERS: Final[tuple[Reader, ...]] = tuple(
    cast(Reader, module)
    for module in (
        coco,
        voc,
        cvat,
        labelme,
        via,
        vott,
        labelstudio,
        detectron2,
        datumaro,
        openimages,
        csv_boxes,
        text_rows,
    )
)
