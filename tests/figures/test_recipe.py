import numpy as np

from core.figures.recipe import exposure_figure, input_size_figure
from core.training.recipe.input_sizes import Sides, shares_below
from core.training.recipe.sampling import Contents, exposure_of

# Four images: `red` on three, `<b>blue%{x}` on one, and one with nothing.
CONTENTS = Contents(images=4, image=np.array([0, 1, 2, 2]), category=np.array([0, 0, 0, 1]))
CLASSES = ("red", "<b>blue%{x}")


def test_each_class_and_background_has_a_bar_as_it_is_and_as_it_is_trained() -> None:
    figure = exposure_figure(exposure_of(CONTENTS, CLASSES, 0.5, 0.1))
    plain, shown = figure.data
    assert list(plain.y) == ["red", "&lt;b&gt;blue% {x}", "Background"]
    assert list(plain.x) == [0.75, 0.25, 0.25]
    # By hand: the image with blue counts sqrt(2), and background is a tenth of all.
    labelled = 2 + 2**0.5
    np.testing.assert_allclose(shown.x, [0.9, 0.9 * 2**0.5 / labelled, 0.1])


def test_without_background_there_is_no_bar_for_it() -> None:
    full = Contents(images=3, image=CONTENTS.image, category=CONTENTS.category)
    assert list(exposure_figure(exposure_of(full, CLASSES, 0, None)).data[0].y) == ["red", "&lt;b&gt;blue% {x}"]


def test_there_is_a_line_for_each_limit_and_a_mark_at_the_chosen_size() -> None:
    sides = Sides(
        image=np.array([0, 0]), object_px=np.array([20.0, 50]), short_px=np.array([400.0]), long_px=np.array([800.0])
    )
    figure = input_size_figure(shares_below(sides, 200, 2.0), dark=True)
    assert [line.name for line in figure.data] == ["below 8 px", "below 16 px", "below 32 px"]
    assert figure.layout.shapes[0].x0 == 200
    at = list(figure.data[1].x).index(200)
    assert figure.data[1].y[at] == 0.5
