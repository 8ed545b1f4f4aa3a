"""A labelled data set as tables, before and after import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.tables import ANNOTATIONS, ATTRIBUTES, CATEGORIES, IGNORED, IMAGES, empty

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSet:
    """Images, annotations and categories, ignored regions and attributes (schemas in core.tables).

    A reader returns boxes as the source wrote them, converted to absolute corners: not clipped, not ordered, zero areas
    kept, so that the checks see the values as written. `width` and `height` are those that the label file states (0 if
    none); importing replaces them by the real ones. `content_hash` is "" until import. Ignored regions and attributes
    are here from import on.
    """

    images: pd.DataFrame = field(default_factory=lambda: empty(IMAGES))
    annotations: pd.DataFrame = field(default_factory=lambda: empty(ANNOTATIONS))
    categories: pd.DataFrame = field(default_factory=lambda: empty(CATEGORIES))
    ignored: pd.DataFrame = field(default_factory=lambda: empty(IGNORED))
    attributes: pd.DataFrame = field(default_factory=lambda: empty(ATTRIBUTES))

    @property
    def class_names(self) -> list[str]:
        """Class names by class index."""
        return self.categories["name"].tolist()
