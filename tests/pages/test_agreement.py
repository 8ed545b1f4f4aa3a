"""The page of two people's labels: the choice, the figures, the filters and one image."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.services import agreement
from core.settings import Settings
from core.tables import read_table, write_table
from core.workspace.layout import Layout
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.tiny_dataset import DatasetMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def two(settings: Settings) -> tuple[str, str]:
    """The same images labelled twice; the second person saw one object less and calls another one blue."""
    maker = DatasetMaker(name="ada", train=6, val=2)
    first, second = maker.make(settings), replace(maker, name="ben").make(settings)
    path = Layout(settings.workspace).version(second, "v1") / "annotations.parquet"
    objects = read_table(path).iloc[1:].reset_index(drop=True)
    objects.loc[3, "category_id"] = 1 - objects.loc[3, "category_id"]
    write_table(path, objects)
    return first, second


def test_the_page_says_the_ceiling_and_shows_the_images_where_they_differ(
    settings: Settings, two: tuple[str, str]
) -> None:
    page = open_page("agreement", first=two[0], second=two[1])
    assert not page.exception
    ap = agreement.compare_labels(settings, *two).agreement.together.ap
    assert ap is not None
    assert f"is the ceiling of this data set: **{ap * 100:.1f}**" in texts(page)
    assert "2 places on" in texts(page)
    assert page.dataframe[0].value["Class"].tolist() == ["red", "blue"]


def test_a_link_with_filters_shows_the_places_that_it_names(two: tuple[str, str]) -> None:
    page = open_page("agreement", first=two[0], second=two[1], kind="class")
    assert "1 place on 1 image" in texts(page)
    page = open_page("agreement", first=two[0], second=two[1], kind="place")
    assert "They do not differ here." in page.info[0].value


def test_an_image_is_shown_with_the_labels_of_each(settings: Settings, two: tuple[str, str]) -> None:
    differing = agreement.compare_labels(settings, *two).images.query("differing > 0")
    page = open_page("agreement", first=two[0], second=two[1], image=str(differing["image_id"].iloc[0]))
    assert not page.exception
    assert "where they differ" in texts(page)
    page.button(key="to-grid").click().run()
    assert "image" not in page.query_params


def test_one_data_set_beside_itself_asks_for_another(two: tuple[str, str]) -> None:
    page = open_page("agreement", first=two[0])
    assert "Choose another data set" in page.info[0].value


def test_without_data_sets_the_page_leads_to_the_import(settings: Settings) -> None:
    assert "There is no data set yet" in open_page("agreement").info[0].value


def test_an_address_that_names_nothing_shows_the_choice(two: tuple[str, str]) -> None:
    page = open_page("agreement", first="<b>x</b>", second=two[1], iou="nan", image="99", kind="x", **{"class": "y"})
    assert not page.exception
