"""Charts of a data set and images with boxes."""

import io
from pathlib import Path

import pytest
from PIL import Image

from core.figures import dataset
from core.figures.colours import CLASS_COLOURS, class_colour, rgb, text_colour_on
from core.figures.images import DrawnBox, image_round_box, image_with_boxes, placeholder
from tests.factories.sources import label_set

LABELS = label_set(
    [(0, 0, 50, 40), (0, 0, 10, 40)], [1, 2], [0, 1], width=[100] * 2, height=[80] * 2, split=["train", "val"]
)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    "draw",
    [
        dataset.objects_per_class,
        dataset.images_per_split,
        dataset.box_sizes,
        dataset.box_shares,
        dataset.box_aspects,
        dataset.objects_per_image,
    ],
)
def test_a_chart_has_data_and_a_title(draw, dark: bool) -> None:  # type: ignore[no-untyped-def]
    figure = draw(LABELS, dark=dark)
    assert len(figure.data) > 0
    assert figure.layout.title.text


def test_markup_in_a_class_name_stays_text() -> None:
    labels = label_set([(0, 0, 50, 40)], width=[100], height=[80], split=["train"])
    labels.categories["name"] = ["<b onclick=x>%{x}"]
    for figure in (dataset.objects_per_class(labels), dataset.box_positions(labels, labels.class_names[0])):
        assert "<b onclick" not in figure.to_json()
        assert "\\u003cb onclick" not in figure.to_json()


def test_a_class_keeps_its_colour_on_every_chart() -> None:
    assert dataset.box_sizes(LABELS).data[1].line.color == class_colour(1)
    assert dataset.objects_per_class(LABELS).data[0].marker.color[1] == class_colour(1)
    assert class_colour(len(CLASS_COLOURS)) == class_colour(0)


@pytest.mark.parametrize(("colour", "text"), [("#FFFFFF", "#000000"), ("#F0E442", "#000000"), ("#882255", "#FFFFFF")])
def test_text_on_a_colour_can_be_read(colour: str, text: str) -> None:
    assert text_colour_on(colour) == text


def opened(content: bytes) -> Image.Image:
    """The JPEG as RGB."""
    return Image.open(io.BytesIO(content)).convert("RGB")


def near(pixel: object, colour: str) -> bool:
    """Whether a JPEG pixel is about this colour."""
    assert isinstance(pixel, tuple)
    return all(abs(value - wanted) < 60 for value, wanted in zip(pixel, rgb(colour), strict=True))


def test_a_box_is_drawn_round_its_object(tmp_path: Path) -> None:
    Image.new("RGB", (200, 100), "black").save(tmp_path / "a.png")
    shown = opened(image_with_boxes(tmp_path / "a.png", [DrawnBox(corners=(50, 20, 100, 60), colour="#FFFFFF")]))
    assert shown.size == (200, 100)
    assert near(shown.getpixel((49, 40)), "#FFFFFF")
    assert near(shown.getpixel((75, 40)), "#000000")


@pytest.mark.parametrize(
    "box", [(10, 10, 10, 10), (500, 500, 600, 600), (-90, -90, -50, -50), (40, 30, 20, 10), (-1e7, 0, 1e7, 50)]
)
def test_the_part_round_any_box_can_be_shown(box: tuple[float, float, float, float], tmp_path: Path) -> None:
    Image.new("RGB", (200, 100), "black").save(tmp_path / "a.png")
    shown = opened(image_round_box(tmp_path / "a.png", DrawnBox(corners=box, colour="#FFFFFF"), 240))
    assert max(shown.size) <= 240


def test_a_placeholder_is_an_image() -> None:
    assert opened(placeholder("No image", 200)).size == (200, 150)
