"""Which images of two label sets are the same (tests/services/agreement has the cases through the whole line)."""

import pandas as pd

from core.labels.same_images import join_images
from core.tables import IMAGES, from_columns


def images(*rows: tuple[int, str, str, int]) -> pd.DataFrame:
    """Images of (id, file name, content hash, width)."""
    count = len(rows)
    columns = {
        "image_id": [row[0] for row in rows],
        "file_name": [row[1] for row in rows],
        "content_hash": [row[2] for row in rows],
        "width": [row[3] for row in rows],
        "height": [10] * count,
        "split": ["train"] * count,
        "use": ["labelled"] * count,
        "source": [""] * count,
    }
    return from_columns(IMAGES, columns)


def test_content_goes_before_name_and_name_needs_the_size() -> None:
    first = images((1, "a.png", "h1", 5), (2, "b.png", "h2", 5), (3, "c.png", "h3", 5), (4, "d.png", "h4", 5))
    second = images((11, "b.png", "h1", 5), (12, "x.png", "h2", 5), (13, "c.png", "new", 5), (14, "d.png", "other", 6))
    joined = join_images(first, second)
    assert list(zip(joined["image_id"], joined["second_image_id"], strict=True)) == [(1, 11), (2, 12), (3, 13)]


def test_copies_pair_up_once_each() -> None:
    first = images((1, "a.png", "h", 5), (2, "b.png", "h", 5), (3, "c.png", "h", 5))
    second = images((11, "z.png", "h", 5), (12, "y.png", "h", 5))
    joined = join_images(first, second)
    assert list(zip(joined["image_id"], joined["second_image_id"], strict=True)) == [(1, 12), (2, 11)]
