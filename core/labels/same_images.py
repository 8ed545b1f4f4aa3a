"""Which images of two label sets are the same."""

import pandas as pd


def join_images(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The images (core.tables.IMAGES) that both have: the first's columns, and `second_image_id`, `…_split`, `…_use`.

    The same are those with the same stored content, or else with the same name and size. Copies of one image pair up
    one by one, in the order of their names. Sorted by the first's ids.
    """
    right = second.add_prefix("second_")
    by_content = _pairs(first, right, ["content_hash"])
    left_over = first[~first["image_id"].isin(by_content["image_id"])]
    others = right[~right["second_image_id"].isin(by_content["second_image_id"])]
    by_name = _pairs(left_over, others, ["file_name", "width", "height"])
    return pd.concat([by_content, by_name], ignore_index=True).sort_values("image_id", ignore_index=True)


def _pairs(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows of both with equal `keys`, the nth copy with the nth."""
    theirs = [f"second_{key}" for key in keys]
    left, right = left.sort_values("file_name"), right.sort_values("second_file_name")
    left, right = left.assign(copy=left.groupby(keys).cumcount()), right.assign(copy=right.groupby(theirs).cumcount())
    merged = left.merge(right, left_on=[*keys, "copy"], right_on=[*theirs, "copy"])
    return merged[[*left.columns.drop("copy"), "second_image_id", "second_split", "second_use"]]
