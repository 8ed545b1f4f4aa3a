"""The label formats, one module each. core.labels.formats.base defines their interface."""

from typing import Final, cast

from core.labels.formats import text_rows
from core.labels.formats.base import Reader

READERS: Final[tuple[Reader, ...]] = tuple(cast(Reader, module) for module in (text_rows,))
