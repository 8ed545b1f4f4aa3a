"""The label formats, one module each. core.labels.formats.base defines their interface."""

from typing import Final, cast

from core.labels.formats import coco, cvat, labelme, text_rows, via, voc, vott
from core.labels.formats.base import Reader

READERS: Final[tuple[Reader, ...]] = tuple(
    cast(Reader, module) for module in (coco, voc, cvat, labelme, via, vott, text_rows)
)
