"""Label files about one image: like objects within 1 px, in time that grows with their number."""

from pathlib import Path

import numpy as np
import pytest

from core.labels.reading import agreeing
from tests.labels.taken import Box, take, voc

SIZE = (800, 600)


def csv(*boxes: Box) -> str:
    rows = [",".join(map(str, ("a.jpg", *box[1:], box[0]))) for box in boxes]
    return "\n".join(["filename,xmin,ymin,xmax,ymax,class", *rows]) + "\n"


@pytest.mark.parametrize(
    ("other", "is_like"),
    [
        pytest.param(("cat", 10, 10, 50, 40), True, id="equal"),
        pytest.param(("cat", 11, 9, 51, 39), True, id="one pixel away"),
        pytest.param(("cat", 10, 10, 50, 41.1), False, id="more than a pixel away"),
        pytest.param(("dog", 10, 10, 50, 40), False, id="another class"),
    ],
)
def test_objects_are_like_within_one_pixel(other: Box, is_like: bool, tmp_path: Path) -> None:
    files = {"a.jpg": SIZE, "a.xml": voc("a.jpg", ("cat", 10, 10, 50, 40), size=SIZE), "x.csv": csv(other)}
    assert bool(take(tmp_path, files).blocks) is not is_like


def test_each_object_is_the_like_of_one_other_only(tmp_path: Path) -> None:
    twice = [("cat", 10, 10, 50, 40), ("cat", 10.5, 10, 50, 40)]
    files = {"a.jpg": SIZE, "a.xml": voc("a.jpg", *twice, size=SIZE), "x.csv": csv(twice[0], ("cat", 90, 10, 99, 40))}
    assert [check for check, _ in take(tmp_path, files).blocks] == ["labels-differ"]


def test_the_comparisons_grow_with_the_objects_and_not_with_their_square(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    like = agreeing._like

    def count(part: object, rows: list[int], box: object, category: int) -> int | None:
        compared.append(len(rows))
        return like(part, rows, box, category)  # type: ignore[arg-type]

    monkeypatch.setattr(agreeing, "_like", count)
    drawn = np.random.default_rng(0).uniform(0, 500, (400, 2)).round(1).tolist()
    boxes: list[Box] = [("cat", x, y, x + 40, y + 30) for x, y in drawn]
    files = {"a.jpg": SIZE, "a.xml": voc("a.jpg", *boxes, size=SIZE), "x.csv": csv(*reversed(boxes))}
    assert take(tmp_path, files).blocks == []
    assert sum(compared) < 4 * len(boxes)
