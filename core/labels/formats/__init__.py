"""The label formats, one module each. core.labels.formats.base defines their interface."""

from typing import Final, cast

from core.labels.formats.base import Reader
from core.labels.formats.coco import reader as coco
from core.labels.formats.cvat import reader as cvat
from core.labels.formats.datumaro import reader as datumaro
from core.labels.formats.detectron2 import reader as detectron2
from core.labels.formats.labelme import reader as labelme
from core.labels.formats.labelstudio import reader as labelstudio
from core.labels.formats.rows import reader as rows
from core.labels.formats.tables import csv_boxes, openimages
from core.labels.formats.via import reader as via
from core.labels.formats.voc import reader as voc
from core.labels.formats.vott import reader as vott

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
        rows,
    )
)
