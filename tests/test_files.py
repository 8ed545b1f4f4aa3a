"""Atomic writes and lenient tails."""

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import AppError, NotFoundError
from core.files import (
    append_json_line,
    atomic_writer,
    check_regular,
    only_one,
    read_json,
    read_json_lines,
    write_json,
)


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError), atomic_writer(path) as handle:
        handle.write(b"half")
        raise RuntimeError
    assert read_json(path) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_nan_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"ap": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_lines_are_read_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    append_json_line(path, {"iteration": 1})
    first, offset = read_json_lines(path)
    append_json_line(path, {"iteration": 2})
    second, _ = read_json_lines(path, offset)
    assert (first, second) == ([{"iteration": 1}], [{"iteration": 2}])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b'{"a": 1}\n{"a": 2', [{"a": 1}]),
        (b'{"a": 1\n{"a": 2}\n', [{"a": 2}]),
        (b'[1]\n{"a": 2}\n', [{"a": 2}]),
        (b'\xff\xfe\n{"a": 2}\n', [{"a": 2}]),
    ],
    ids=["empty", "cut tail", "torn line", "no object", "not text"],
)
def test_a_torn_file_gives_what_is_whole(content: bytes, expected: list[dict[str, int]], tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(content)
    assert read_json_lines(path)[0] == expected


def test_a_cut_tail_is_read_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a":')
    _, offset = read_json_lines(path)
    with path.open("ab") as handle:
        handle.write(b" 2}\n")
    assert read_json_lines(path, offset)[0] == [{"a": 2}]


def test_a_missing_file_has_no_records(tmp_path: Path) -> None:
    assert read_json_lines(tmp_path / "none") == ([], 0)


def test_only_one_at_a_time_is_let_in(tmp_path: Path) -> None:
    inside, most = 0, []

    def enter() -> None:
        nonlocal inside
        with only_one(tmp_path / "lock", "The run"):
            inside += 1
            most.append(inside)
            time.sleep(0.01)
            inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_whoever_waited_for_a_folder_that_went_meanwhile_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    told: list[str] = []

    def enter_late() -> None:
        try:
            with only_one(folder / "lock", "Run r-abc234"):
                told.append("let in")
        except NotFoundError as error:
            told.append(error.message)

    with only_one(folder / "lock", "Run r-abc234"):
        late = threading.Thread(target=enter_late)
        late.start()
        time.sleep(0.1)
        folder.rename(tmp_path / "trash")
    late.join()
    enter_late()
    assert told == ["Run r-abc234 is gone: somebody has deleted it."] * 2


def _a_folder(path: Path) -> None:
    path.mkdir()


def _a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


NO_FILES = [(_a_folder, "a folder"), (os.mkfifo, "a pipe"), (_a_device, "a device"), (_a_socket, "a socket")]


@pytest.mark.parametrize(("make", "kind"), NO_FILES, ids=[kind for _, kind in NO_FILES])
def test_what_is_no_regular_file_is_named_and_not_opened(
    make: Callable[[Path], None], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket may be 108 bytes long
    path = Path("model.pth")
    make(path)
    with pytest.raises(AppError, match=f"model.pth is {kind}, where a file is expected"):
        check_regular(path, "Give another.")


def test_a_regular_file_is_measured_and_a_missing_one_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert check_regular(tmp_path / "a", "") == 5
    for gone in (tmp_path / "b", tmp_path / "a" / "b"):
        with pytest.raises(NotFoundError):
            check_regular(gone, "Give another.")
    with pytest.raises(AppError, match="cannot be read"):
        check_regular(Path("a\0b"), "Give another.")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(AppError, match="Permission denied"):
        check_regular(tmp_path / "a", "Give another.")
