import math
from pathlib import Path

from core.training.metrics.log import Record, append_metrics, curves, read_metrics


def test_records_are_read_on_from_where_the_last_look_ended(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert read_metrics(path) == ([], 0)
    written = append_metrics(path, 1, {"lr": 0.1})
    first, offset = read_metrics(path)
    append_metrics(path, 2, {"lr": 0.2})
    assert first == [written]
    second, end = read_metrics(path, offset)
    assert [record["iteration"] for record in first + second] == [1, 2]
    assert end == path.stat().st_size


def test_a_loss_that_is_not_a_number_is_written_as_null_and_left_out_of_the_curve(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    for iteration, loss in enumerate([2.0, math.nan, math.inf, 1.0]):
        append_metrics(path, iteration, {"loss/total": loss, "ap": None})
    records, _ = read_metrics(path)
    assert [record["loss/total"] for record in records] == [2.0, None, None, 1.0]
    found = curves(records)
    assert list(found) == ["loss/total"]
    assert found["loss/total"].iterations.tolist() == [0, 3]


def test_a_line_cut_off_by_a_kill_and_a_foreign_line_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    append_metrics(path, 1, {"lr": 0.1})
    with path.open("ab") as handle:
        handle.write(b'{"iteration": 2, "l\n{"time": 3}\n')
    append_metrics(path, 3, {"lr": 0.3})
    assert [record["iteration"] for record in read_metrics(path)[0]] == [1, 3]


def test_a_resumed_run_shows_what_came_after_its_checkpoint_once() -> None:
    losses = [(10, 5.0), (20, 4.0), (30, 3.0), (11, 4.9), (21, 3.9)]
    found = curves([{"iteration": iteration, "time": 0.0, "loss/total": loss} for iteration, loss in losses])
    assert found["loss/total"].iterations.tolist() == [10, 11, 21]
    assert found["loss/total"].values.tolist() == [5.0, 4.9, 3.9]


def test_of_two_values_at_one_iteration_the_later_counts_and_other_metrics_stay() -> None:
    records: list[Record] = [{"iteration": 5, "lr": 1}, {"iteration": 5, "ap": 0.5}, {"iteration": 5, "lr": 2}]
    found = curves(records, ["lr", "ap", "missing"])
    assert found["lr"].values.tolist() == [2.0]
    assert found["ap"].values.tolist() == [0.5]
    assert "missing" not in found
