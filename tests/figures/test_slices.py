import numpy as np
import pytest

from core.evaluation.matching.outcomes import Counts
from core.evaluation.scores.scores import AreaScores
from core.evaluation.slices.slices import Slice
from core.evaluation.slices.slicings import Part, Slicing
from core.figures.slices import DIFFERENCE, remark, slice_figure, slice_table


def make_slice(title: str, tp: int, fp: int, fn: int, difference: float | None = -0.1, images: int = 20) -> Slice:
    counts = Counts(category_id=-1, name=title, tp=tp, fp=fp, fn=fn)
    return Slice(
        part=Part(key=f"folder:{title}", title=title),
        slicing="folder",
        of="pictures",
        images=images,
        counts=counts,
        scores=AreaScores(ap=0.5, ap50=0.7),
        difference=difference,
    )


_NONE = np.zeros(0, np.int64)
SLICINGS = [Slicing(name="folder", title="Source folder", of="pictures", parts=(), truths=_NONE, detections=_NONE)]


def test_the_table_has_rates_in_per_cent_and_no_f1_without_objects() -> None:
    table = slice_table([make_slice("a", 30, 10, 20), make_slice("b", 0, 4, 0, None)], SLICINGS)

    first, second = table.to_dict("records")
    assert first["F1"] == pytest.approx(200 * 30 / 90)
    assert (first[DIFFERENCE], first["AP"], first["Recall"]) == (pytest.approx(-10), 50, 60)
    assert (first["By"], first["Missed"], first["Objects"], first["Images"]) == ("Source folder", 20, 50, 20)
    assert table["F1"].isna().tolist() == [False, True]
    assert second["Remark"] == "no object: only false positives"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (make_slice("a", 29, 0, 0), "only 29 objects"),
        (make_slice("a", 30, 0, 0, images=9), "only 9 images"),
        (make_slice("a", 30, 0, 0), ""),
    ],
    ids=["few objects", "few images", "enough"],
)
def test_the_remark_says_why_a_slice_means_little(one: Slice, words: str) -> None:
    assert remark(one) == words


def test_bars_carry_their_key_leave_small_slices_out_and_escape_names() -> None:
    rows = [make_slice("<b>x</b>", 30, 10, 20), make_slice("small", 1, 0, 0)]

    figure = slice_figure(rows, SLICINGS)

    (bars,) = figure.data
    assert [list(row) for row in bars.customdata] == [["folder:<b>x</b>"]]
    assert list(bars.x) == pytest.approx([-10])
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;x&lt;/b&gt;",)
    assert "<b>" not in bars.hovertext[0]
