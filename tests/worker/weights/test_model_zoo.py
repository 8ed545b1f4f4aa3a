"""Downloads from a zoo on loopback: kept once, whole and unchanged, or refused in words that lead on."""

import pickle
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import AppError
from core.files import read_json
from core.worker.weights import model_zoo as zoo_module
from core.worker.weights.model_zoo import DownloadStoppedError, Zoo, fetch
from core.worker.weights.reader import read_weights
from tests.factories.app.zoo import Mine, ZooServer, pickled, serve_zoo

PATH, NAME = "COCO-Detection/some_model/1/model_final_280758.pkl", "some_model.pkl"


@pytest.fixture
def server() -> Iterator[ZooServer]:
    with serve_zoo() as zoo:
        zoo.files[PATH] = pickled({"weight": np.arange(300_000, dtype=np.float32)})
        yield zoo


def _fetch(
    server: ZooServer, cache: Path, said: list[str] | None = None, stop: bool = False, most: int = 10**9
) -> Path:
    said = [] if said is None else said
    return fetch(Zoo(host=server.address, cache=cache, most_bytes=most), PATH, NAME, said.append, lambda: stop)


def test_a_good_file_is_downloaded_once_with_its_progress_told_and_its_hash_noted(
    server: ZooServer, tmp_path: Path
) -> None:
    said: list[str] = []
    path = _fetch(server, tmp_path, said)
    assert path.read_bytes() == server.files[PATH]
    assert said[-1] == "downloading weights, 2 of 2 MB"
    assert len(said) > 2
    assert _fetch(server, tmp_path) == path
    assert server.requests == [f"/detectron2/{PATH}"]
    note = read_json(tmp_path / f"{NAME}.json")
    assert (note["address"], note["bytes"]) == (server.address + PATH, len(server.files[PATH]))
    assert len(note["sha256"]) == 64
    np.testing.assert_array_equal(read_weights(path)["model"]["weight"].numpy(), np.arange(300_000))
    assert {item.name for item in tmp_path.iterdir()} == {NAME, f"{NAME}.json"}


def _refused(server: ZooServer, cache: Path, most: int = 10**9) -> AppError:
    with pytest.raises(AppError) as refused:
        _fetch(server, cache, most=most)
    assert list(cache.iterdir()) == []
    assert "random weights" in refused.value.remedy
    return refused.value


def test_a_download_that_breaks_off_is_said_and_leaves_nothing(server: ZooServer, tmp_path: Path) -> None:
    server.cut = 1000
    assert f"broke off after 1,000 of {len(server.files[PATH]):,} bytes" in _refused(server, tmp_path).message
    server.cut = None
    assert _fetch(server, tmp_path).is_file()


def test_a_file_that_the_zoo_does_not_have_is_said_with_its_address(server: ZooServer, tmp_path: Path) -> None:
    server.files.clear()
    refusal = _refused(server, tmp_path)
    assert f"no such file ({server.address}{PATH}, 404)" in refusal.message
    assert str(tmp_path / NAME) in refusal.remedy


def test_a_zoo_that_is_broken_is_said_with_its_answer(server: ZooServer, tmp_path: Path) -> None:
    server.status = 503
    assert "answered 503" in _refused(server, tmp_path).message


def test_a_host_that_is_not_there_is_said(server: ZooServer, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    assert "cannot be reached ([Errno 111] Connection refused)" in _refused(server, tmp_path).message


def test_a_host_of_unknown_name_is_said(server: ZooServer, tmp_path: Path) -> None:
    server.address = "http://zoo.invalid/"
    assert "zoo.invalid cannot be reached" in _refused(server, tmp_path).message


def test_a_server_that_hangs_is_given_up(server: ZooServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo_module, "_TIMEOUT_S", 0.3)
    server.silent = True
    assert "sent nothing for 0.3 s" in _refused(server, tmp_path).message


def test_more_than_weights_can_be_is_not_downloaded(server: ZooServer, tmp_path: Path) -> None:
    assert "larger than 1 MB" in _refused(server, tmp_path, most=1_000_000).message


def test_a_cached_file_that_changed_on_disk_is_refused(server: ZooServer, tmp_path: Path) -> None:
    path = _fetch(server, tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(AppError, match="changed on disk") as refused:
        _fetch(server, tmp_path)
    assert str(path) in refused.value.remedy
    path.unlink()
    assert _fetch(server, tmp_path).read_bytes() == server.files[PATH]


def test_a_file_put_into_the_cache_by_hand_is_taken_and_noted(server: ZooServer, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(server.files[PATH])
    _fetch(server, tmp_path)
    assert server.requests == []
    assert read_json(tmp_path / f"{NAME}.json")["address"] == ""
    (tmp_path / NAME).write_bytes(b"other")
    with pytest.raises(AppError, match="changed on disk"):
        _fetch(server, tmp_path)


def test_an_incomplete_file_put_there_by_hand_is_refused_and_its_replacement_taken(
    server: ZooServer, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(server.files[PATH][:-1000])
    with pytest.raises(AppError, match="is incomplete") as refused:
        _fetch(server, tmp_path)
    assert "python -m core weights" in refused.value.remedy
    # Nothing was noted of the bad file that would speak against the good one.
    (tmp_path / NAME).write_bytes(server.files[PATH])
    assert _fetch(server, tmp_path).read_bytes() == server.files[PATH]
    assert server.requests == []


def test_without_a_network_the_page_and_the_verb_for_weights_by_hand_are_named(
    server: ZooServer, tmp_path: Path
) -> None:
    server.address = "http://zoo.invalid/"
    refusal = _refused(server, tmp_path)
    assert f"http://zoo.invalid/{PATH} goes to {tmp_path / NAME}" in refusal.remedy
    assert "Weights by hand" in refusal.remedy
    assert "python -m core weights" in refusal.remedy


def test_a_stop_during_the_download_ends_it_and_leaves_nothing(server: ZooServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadStoppedError):
        _fetch(server, tmp_path, stop=True)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_download_left_is_written_anew(server: ZooServer, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(b"x" * 5_000_000)
    assert _fetch(server, tmp_path).read_bytes() == server.files[PATH]
    assert not (tmp_path / f"{NAME}.part").exists()


def test_runs_that_start_together_download_once(server: ZooServer, tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(_fetch(server, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / NAME] * 4
    assert len(server.requests) == 1


def test_a_malicious_file_of_the_zoo_is_refused_without_running_it(server: ZooServer, tmp_path: Path) -> None:
    proof = tmp_path / "it ran"
    server.files[PATH] = pickled({"weight": np.zeros(3)}, extra=Mine(proof))
    with pytest.raises(AppError, match=r"no file of plain weights: it asks for .*, which is no array"):
        read_weights(_fetch(server, tmp_path / "cache"))
    assert not proof.exists()
    pickle.loads(server.files[PATH])  # noqa: S301  the mine is real
    assert proof.exists()
