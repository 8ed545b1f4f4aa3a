import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from pynvml import NVML_ERROR_NOT_SUPPORTED, NVMLError
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from core.training.metrics.curve_file import curves_of_log, load_curves
from core.training.metrics.log import read_metrics
from core.training.process.status_reporter import Reporter
from core.training.run.folder import RunFolder
from core.worker.engine import curve_writer
from core.worker.engine.metrics_hook import MetricsSink
from core.worker.engine.resources import Machine


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def _sink(folder: RunFolder, start: int = 0) -> MetricsSink:
    return MetricsSink(folder, Reporter(folder.status, 100), start)


def _write(sink: MetricsSink, losses: dict[int, float]) -> None:
    for iteration, loss in losses.items():
        sink.write(iteration, {"loss/total": loss, "ap": None})


def _events(folder: RunFolder) -> Iterator[tuple[int, float]]:
    events = EventAccumulator(str(folder.root / "tensorboard"))
    events.Reload()
    assert events.Tags()["scalars"] == ["loss/total"]
    return ((event.step, event.value) for event in events.Scalars("loss/total"))


def _age(events: Path) -> None:
    """Let the files be a second older: they are read by name, which is the second and then a counter, as text."""
    for file in events.iterdir():
        parts = file.name.split(".")
        parts[3] = str(int(parts[3]) - 1)
        file.rename(file.with_name(".".join(parts)))


def test_tensorboard_reads_back_what_was_written(folder: RunFolder) -> None:
    sink = _sink(folder)
    _write(sink, {1: 0.5, 2: 0.25})
    sink.close()
    assert list(_events(folder)) == [(1, 0.5), (2, 0.25)]


def test_tensorboard_forgets_what_a_resumed_run_repeats(folder: RunFolder) -> None:
    killed = _sink(folder)
    _write(killed, {1: 1.0, 2: 2.0, 3: 3.0})
    killed.close()
    _age(folder.root / "tensorboard")
    resumed = _sink(folder, start=2)
    _write(resumed, {3: 30.0})
    resumed.close()
    assert list(_events(folder)) == [(1, 1.0), (2, 2.0), (3, 30.0)]


def test_the_curves_hold_what_the_log_holds_once_the_run_has_ended(folder: RunFolder) -> None:
    sink = _sink(folder)
    _write(sink, {place: 1 / place for place in range(1, 40)})
    sink.close()
    kept = load_curves(folder.curves)
    assert kept is not None
    assert kept.offset == folder.metrics.stat().st_size
    assert kept.curves()["loss/total"].values.tolist() == [1 / place for place in range(1, 40)]
    assert len(read_metrics(folder.metrics)[0]) == 39


def test_the_curves_are_written_now_and_then_and_not_with_each_record(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = _sink(folder)
    before = folder.curves.stat().st_mtime_ns
    _write(sink, {1: 1.0, 2: 2.0})
    assert folder.curves.stat().st_mtime_ns == before
    monkeypatch.setattr(curve_writer, "_INTERVAL_S", 0.0)
    _write(sink, {3: 3.0})
    kept = load_curves(folder.curves)
    assert kept is not None
    assert kept.curves()["loss/total"].iterations.tolist() == [1, 2, 3]


def test_a_worker_that_goes_on_drops_what_came_after_its_checkpoint_before_it_writes(folder: RunFolder) -> None:
    killed = _sink(folder)
    _write(killed, dict.fromkeys(range(1, 6), 1.0))
    resumed = _sink(folder, start=3)
    kept = load_curves(folder.curves)
    assert kept is not None
    assert kept.curves()["loss/total"].iterations.tolist() == [1, 2, 3]
    _write(resumed, {4: 4.0})
    resumed.close()
    whole = curves_of_log(folder.metrics).curves()["loss/total"]
    kept = load_curves(folder.curves)
    assert kept is not None
    np.testing.assert_array_equal(kept.curves()["loss/total"].values, whole.values)
    assert whole.values.tolist() == [1, 1, 1, 4]


def test_a_sample_of_the_machine_states_memory_processor_and_disk(tmp_path: Path) -> None:
    values = Machine(tmp_path).sample()
    assert set(values) >= {"memory_mib", "cpu", "disk_used_mib", "disk_free_mib"}
    assert (values["memory_mib"] or 0) > 50, "torch alone takes more"
    total = shutil.disk_usage(tmp_path).total / 2**20
    assert 0 < (values["disk_used_mib"] or 0) < total
    assert 0 < (values["disk_free_mib"] or 0) < total


def test_the_memory_of_data_loaders_counts(tmp_path: Path) -> None:
    alone = Machine(tmp_path).sample()["memory_mib"]
    code = "held = bytearray(200 * 2**20); print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        together = Machine(tmp_path).sample()["memory_mib"]
        child.communicate(b"\n")
    assert alone is not None and together is not None
    assert together - alone > 150


@pytest.mark.parametrize("tells", [True, False], ids=["tells its load", "does not"])
def test_a_gpu_is_sampled_whether_its_driver_tells_the_load_or_not(
    tells: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def utilization() -> int:
        if not tells:
            raise NVMLError(NVML_ERROR_NOT_SUPPORTED)
        return 87

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 * 2**20)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: None)
    monkeypatch.setattr(torch.cuda, "utilization", utilization)
    values = Machine(tmp_path).sample()
    assert values["gpu_memory_mib"] == 3
    assert values["gpu"] == (0.87 if tells else None)
