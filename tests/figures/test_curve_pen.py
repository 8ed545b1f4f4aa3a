import numpy as np
import pytest

from core.figures.curve_pen import Look, RunCurves, Style, pen_for, smoothed
from core.training.metrics.curves import CURVE_POINTS, Stretches
from tests.factories.curves import curve, run_curves

LINE = Style(name="line", colour="#000000")


def test_smoothing_is_the_average_that_hand_arithmetic_gives() -> None:
    # weight 0.5: 2; (0.5 * 1 + 0.5 * 4) / 0.75 with the average 1 after the first value
    assert smoothed(np.array([2.0, 4.0]), 0.5) == pytest.approx([2.0, (0.5 * 1.0 + 0.5 * 4.0) / 0.75])
    assert smoothed(np.full(50, 3.0), 0.95) == pytest.approx(np.full(50, 3.0))


def test_the_mean_of_many_values_weighs_like_as_many() -> None:
    values = np.array([2.0, 2.0, 2.0, 8.0])
    merged = smoothed(np.array([2.0, 8.0]), 0.9, np.array([3, 1]))
    assert merged[-1] == pytest.approx(smoothed(values, 0.9)[-1])


@pytest.mark.parametrize(
    ("look", "last", "title"),
    [
        pytest.param(Look(), 400, "Iterations", id="iterations"),
        pytest.param(Look(x="epochs"), 4, "Epochs", id="epochs"),
        pytest.param(Look(x="time"), 199.5 / 60, "Minutes since the start", id="time"),
    ],
)
def test_the_x_axis_counts_what_was_asked_for(look: Look, last: float, title: str) -> None:
    run = run_curves(iterations_per_epoch=100)
    pen = pen_for(look, [run])
    pen.line(run, run.curves["loss/total"], LINE)
    pen.line(run, run.curves["ap"], LINE)
    figure = pen.figure("title", "unit")
    assert [trace.x[-1] for trace in figure.data] == pytest.approx([last, last])
    assert figure.layout.xaxis.title.text == title


@pytest.mark.parametrize(
    ("seconds", "unit"), [(60, "Seconds"), (1200, "Minutes"), (3 * 3600, "Hours"), (3 * 86400, "Days")]
)
def test_time_is_counted_in_a_unit_that_suits_the_longest_run(seconds: float, unit: str) -> None:
    short = RunCurves({"lr": curve([1.0, 1.0])})
    long = RunCurves({"lr": curve([1.0, 1.0], every=2 * int(seconds))})
    figure = pen_for(Look(x="time"), [short, long]).figure("title", "")
    assert figure.layout.xaxis.title.text == f"{unit} since the start"


def test_a_run_whose_epochs_are_not_known_stays_on_iterations() -> None:
    run = run_curves(iterations_per_epoch=0)
    pen = pen_for(Look(x="epochs"), [run])
    pen.line(run, run.curves["ap"], LINE)
    assert pen.figure("", "").data[0].x[-1] == 400


def test_a_long_curve_is_drawn_with_its_spike_and_within_the_bound() -> None:
    values = np.full(100_000, 0.5)
    values[77_777] = 50.0
    made = Stretches()
    made.append(np.arange(len(values)), values, np.arange(len(values)))
    run = RunCurves({"loss/total": made.curve()})
    for look in (Look(), Look(smoothing=0.5), Look(best=True)):
        pen = pen_for(look, [run])
        pen.line(run, run.curves["loss/total"], Style(name="loss", colour="#000000", better=-1))
        traces = pen.figure("", "").data
        assert all(len(trace.x) <= CURVE_POINTS for trace in traces)
        assert max(traces[0].y) == 50.0


@pytest.mark.parametrize(
    ("better", "expected"),
    [pytest.param(-1, [3, 2, 2, 1], id="less is better"), pytest.param(1, [3, 3, 5, 5], id="more is better")],
)
def test_the_best_so_far_never_gets_worse(better: int, expected: list[float]) -> None:
    run = RunCurves({"ap": curve([3.0, 2.0, 5.0, 1.0])})
    pen = pen_for(Look(best=True, smoothing=0.9), [run])
    pen.line(run, run.curves["ap"], Style(name="ap", colour="#000000", better=better))
    raw, best = pen.figure("", "").data
    assert list(raw.y) == [3, 2, 5, 1]
    assert list(best.y) == expected
    assert (best.line.shape, raw.showlegend) == ("hv", False)


def test_what_is_neither_better_nor_worse_is_drawn_as_it_is() -> None:
    run = RunCurves({"lr": curve([3.0, 2.0, 5.0])})
    pen = pen_for(Look(best=True), [run])
    pen.line(run, run.curves["lr"], LINE)
    (trace,) = pen.figure("", "").data
    assert list(trace.y) == [3, 2, 5]
