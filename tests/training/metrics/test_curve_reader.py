from pathlib import Path

import pytest

from core.files import append_json_line
from core.training.launch.liveness import hold
from core.training.metrics import curve_file, curve_reader
from core.training.metrics.curve_file import curves_of_log, load_curves, save_curves
from core.training.metrics.curve_reader import CurveReader
from core.training.run.folder import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def _append(folder: RunFolder, *iterations: int, loss: float = 1.0) -> None:
    for iteration in iterations:
        append_json_line(folder.metrics, {"iteration": iteration, "time": float(iteration), "loss": loss})


def _iterations(reader: CurveReader) -> list[int]:
    curves = reader.curves()
    return curves["loss"].iterations.tolist() if curves else []


def test_a_run_without_any_metrics_has_no_curves(folder: RunFolder) -> None:
    assert not CurveReader(folder).curves()
    assert not folder.curves.exists()


def test_each_look_brings_what_was_written_since(folder: RunFolder) -> None:
    reader = CurveReader(folder)
    assert _iterations(reader) == []
    _append(folder, 1, 2)
    assert _iterations(reader) == [1, 2]
    _append(folder, 3)
    assert _iterations(reader) == [1, 2, 3]


def test_the_file_and_what_the_log_has_beyond_it_are_one_curve(folder: RunFolder) -> None:
    _append(folder, 1, 2)
    save_curves(folder.curves, curves_of_log(folder.metrics))
    _append(folder, 3)
    assert _iterations(CurveReader(folder)) == [1, 2, 3]


def test_only_the_tail_of_the_log_is_read_where_there_is_a_file(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _append(folder, 1, 2)
    save_curves(folder.curves, curves_of_log(folder.metrics))
    size = folder.metrics.stat().st_size
    # What the file covers is overwritten: whoever reads it again loses the curve.
    folder.metrics.write_bytes(b"x" * (size - 1) + b"\n")
    _append(folder, 3)
    assert _iterations(CurveReader(folder)) == [1, 2, 3]


def test_after_a_resume_what_the_earlier_worker_wrote_beyond_the_checkpoint_is_gone(folder: RunFolder) -> None:
    reader = CurveReader(folder)
    _append(folder, 1, 2, 3, 4, 5)
    assert _iterations(reader) == [1, 2, 3, 4, 5]
    save_curves(folder.curves, curves_of_log(folder.metrics, until=3))  # as the worker does when it goes on
    assert _iterations(reader) == [1, 2, 3]
    _append(folder, 4, loss=9.0)
    assert reader.curves()["loss"].values.tolist() == [1, 1, 1, 9]


def test_a_log_that_steps_back_without_a_file_is_read_again(folder: RunFolder) -> None:
    reader = CurveReader(folder)
    hold(folder.lock)
    _append(folder, 1, 2, 3, 4, 5)
    assert _iterations(reader) == [1, 2, 3, 4, 5]
    _append(folder, 3)
    assert _iterations(reader) == [1, 2, 3]


def test_a_missing_file_of_an_ended_run_is_made_once(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    _append(folder, 1, 2)
    assert _iterations(CurveReader(folder)) == [1, 2]
    made = load_curves(folder.curves)
    assert made is not None
    assert made.offset == folder.metrics.stat().st_size
    monkeypatch.setattr(curve_reader, "curves_of_log", lambda _: pytest.fail("the log was read again"))
    assert _iterations(CurveReader(folder)) == [1, 2]


def test_the_file_of_a_living_run_is_left_to_its_worker(folder: RunFolder) -> None:
    hold(folder.lock)
    _append(folder, 1, 2)
    assert _iterations(CurveReader(folder)) == [1, 2]
    assert not folder.curves.exists()


@pytest.mark.parametrize("damage", ["broken", "log replaced by a shorter one"])
def test_a_file_that_does_not_fit_is_made_anew(folder: RunFolder, damage: str) -> None:
    _append(folder, 1, 2, 3)
    reader = CurveReader(folder)
    assert _iterations(reader) == [1, 2, 3]
    if damage == "broken":
        folder.curves.write_bytes(b"PK")
    else:
        folder.metrics.unlink()
        _append(folder, 7)
    expected = [1, 2, 3] if damage == "broken" else [7]
    assert _iterations(reader) == expected
    assert _iterations(CurveReader(folder)) == expected


def test_the_file_is_bounded_however_long_the_log_is(folder: RunFolder) -> None:
    grown = curve_file.CurveSet()
    sizes = []
    for start in (0, 5_000, 40_000):
        grown.take([{"iteration": place, "loss": 1.0} for place in range(start, start + 5_000)], start)
        save_curves(folder.curves, grown)
        sizes.append(folder.curves.stat().st_size)
    assert max(sizes) < 120_000
