"""Objects that the user asks to ignore, by an attribute: they become crowd regions of their class."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.errors import AppError
from core.labels.label_set import LabelSet

_MOST_LISTED = 12


def ignore_objects(labels: LabelSet, attributes: pd.DataFrame, wanted: Sequence[tuple[str, str]]) -> LabelSet:
    """The labels in which objects with any of the wanted attributes (name, value) are crowd regions.

    `attributes` (core.tables.ATTRIBUTES) has the ids of `labels`. Raises AppError for an attribute that no object has:
    it is a misspelt one.
    """
    if not wanted:
        return labels
    of_objects = attributes[attributes["annotation_id"] > 0]
    is_wanted = np.zeros(len(of_objects), dtype=np.bool_)
    for name, value in wanted:
        has_it = ((of_objects["name"] == name) & (of_objects["value"] == value)).to_numpy(dtype=np.bool_)
        if not has_it.any():
            attribute = _quoted(f"{name}={value}")
            raise AppError(f"No object has the attribute {attribute} to ignore.", _remedy(of_objects, name))
        is_wanted |= has_it
    is_ignored = labels.annotations["annotation_id"].isin(of_objects.loc[is_wanted, "annotation_id"])
    return replace(labels, annotations=labels.annotations.assign(is_crowd=labels.annotations["is_crowd"] | is_ignored))


def _remedy(attributes: pd.DataFrame, name: str) -> str:
    """What objects have: values of this attribute, or names of others."""
    values = attributes.loc[attributes["name"] == name, "value"].value_counts()
    if len(values):
        return f"Values of {_quoted(name)} are: {_listed([f'{value} ({n:,})' for value, n in values.items()])}."
    names = attributes["name"].value_counts().index.tolist()
    return f"Objects have: {_listed(names)}." if names else "The objects of this source have no attributes."


def _listed(texts: list[str]) -> str:
    return ", ".join(_cut(text) for text in texts[:_MOST_LISTED]) + (" …" if len(texts) > _MOST_LISTED else "")


def _quoted(text: str) -> str:
    return repr(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
