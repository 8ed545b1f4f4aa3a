"""The pages with a cluster (a fake of its API) instead of this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.fake_cluster import FakeCluster, fake_cluster


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCluster]:
    with fake_cluster(cpus=16, gpus=4) as cluster:
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster


@pytest.fixture
def settings(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


def _shown(page: AppTest) -> str:
    return texts(page).replace("\\", "")  # names are escaped in markup


def test_the_frame_names_the_cluster_and_counts_its_runs(settings: Settings, cluster: FakeCluster) -> None:
    cluster.states |= {"detdesk-r-222222-1": "RUNNING", "detdesk-r-333333-1": "PENDING", "of-somebody-else": "RUNNING"}

    shown = _shown(open_page("runs"))

    assert f"cluster at {cluster.address.removeprefix('http://')} · 1 running" in shown
    assert "1 waiting" in shown
    assert "CPU" not in shown


def test_gpus_of_the_cluster_can_be_chosen_and_must_share_the_batch(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    page = open_page("train", dataset=dataset)
    gpus = page.number_input(key="train:devices")
    assert (gpus.value, gpus.max) == (1, 4)

    gpus.set_value(4).run()

    assert "A batch of 2 images cannot be shared by 4 devices." in _shown(page)
    assert page.button(key="train-start").disabled
    page.number_input(key="train:batch").set_value(8).run()
    assert ", 4 GPUs" in _shown(page)
    assert not page.button(key="train-start").disabled


def test_an_unreachable_cluster_blocks_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = DatasetMaker().make(settings)
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:9")

    page = open_page("train", dataset=dataset)

    shown = _shown(page)
    assert "cluster at 127.0.0.1:9 · cannot be reached" in shown
    assert "The cluster at http://127.0.0.1:9 cannot be reached: Connection refused." in shown
    assert page.button(key="train-start").disabled
