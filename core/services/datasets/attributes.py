"""Attributes of images and objects as filters: their names, their values, and the images that have them.

All functions take a table of core.tables.ATTRIBUTES: evaluations filter by the same rules.
"""

from typing import Final

import pandas as pd

# Of names and values; a longer list cannot be looked through.
MOST_CHOICES: Final = 200


def names_in(attributes: pd.DataFrame) -> list[str]:
    """The names of attributes of objects and images, at most MOST_CHOICES, the most frequent first."""
    return _most_frequent(attributes["name"])


def values_in(attributes: pd.DataFrame, name: str) -> list[str]:
    """The values of an attribute, at most MOST_CHOICES, the most frequent first."""
    return _most_frequent(rows_of(attributes, name)["value"])


def rows_of(attributes: pd.DataFrame, name: str, value: str = "") -> pd.DataFrame:
    """The rows of an attribute; with a `value`, only those."""
    rows = attributes[attributes["name"] == name]
    return rows[rows["value"] == value] if value else rows


def images_with(rows: pd.DataFrame, objects: pd.DataFrame) -> "pd.Series[int]":
    """The ids of the images that have one of these rows of attributes, or one of these objects with one."""
    of_images = rows.loc[rows["annotation_id"] == 0, "image_id"]
    return pd.concat([of_images, objects.loc[objects["annotation_id"].isin(rows["annotation_id"]), "image_id"]])


def _most_frequent(texts: "pd.Series[str]") -> list[str]:
    counts = texts.value_counts().reset_index()
    # Equally frequent ones by name, so that the choice is always the same.
    counts.columns = ["text", "count"]
    ordered = counts.sort_values(["count", "text"], ascending=[False, True])["text"]
    return [str(text) for text in ordered[:MOST_CHOICES]]
