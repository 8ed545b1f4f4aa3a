"""Filters the images of an evaluation by attributes, which the evaluated data set version has."""

import pandas as pd

from core.errors import NotFoundError
from core.services.datasets.attributes import images_with, names_in, rows_of, values_in
from core.services.evaluation.opened import OpenEvaluation


def attribute_names(evaluation: OpenEvaluation) -> list[str]:
    """The names of the attributes of its images and objects, the most frequent first; none for two files.

    Raises DamagedFileError.
    """
    return names_in(evaluation.attributes())


def attribute_values(evaluation: OpenEvaluation, name: str) -> list[str]:
    """The values of an attribute on its images and objects, the most frequent first."""
    return values_in(evaluation.attributes(), name)


def images_with_attribute(evaluation: OpenEvaluation, name: str, value: str, category_id: int = -1) -> "pd.Series[int]":
    """The ids of the images that have an attribute, or an object (of a class) with it; any `value` if it is "".

    Raises NotFoundError for an attribute that nothing here has.
    """
    attributes, objects = evaluation.attributes(), evaluation.truth.annotations
    if name not in (names := set(attributes["name"])):
        remedy = f"Choose one of {', '.join(names_in(attributes)[:20])}." if names else "Its images have no attributes."
        raise NotFoundError(f"Nothing in this evaluation has the attribute {name[:80]!r}.", remedy)
    if category_id >= 0:
        objects = objects[objects["category_id"] == category_id]
    return images_with(rows_of(attributes, name, value), objects)
