import numpy as np
import pytest

from core.figures.runs import (
    Look,
    ap_figure,
    class_ap_figure,
    learning_rate_figure,
    loss_figure,
    loss_parts_figure,
    machine_figure,
    overlay_figure,
    smoothed,
    speed_figure,
)
from core.training.curves import Curve


def _curve(values: list[float] | np.ndarray, every: int = 1, began: float = 1000.0) -> Curve:
    iterations = np.arange(1, len(values) + 1) * every
    return Curve(iterations, np.asarray(values, dtype=np.float64), np.float64(began) + iterations * np.float64(0.5))


def _curves() -> dict[str, Curve]:
    losses = np.exp(-np.arange(400) / 100)
    return {
        "loss/total": _curve(losses),
        "loss/cls": _curve(losses / 2),
        "val_loss/total": _curve([0.9, 0.5, 0.4, 0.6], every=100),
        "val_loss/cls": _curve([0.5, 0.3, 0.2, 0.3], every=100),
        "ap": _curve([0.1, 0.3, 0.5, 0.4], every=100),
        "ap50": _curve([0.2, 0.5, 0.8, 0.7], every=100),
        "ap/red": _curve([0.1, 0.2, 0.3, 0.4], every=100),
        "lr": _curve(np.full(400, 0.01)),
        "step_s": _curve(np.full(400, 0.5)),
        "memory_mib": _curve(np.full(400, 900.0)),
    }


def test_training_and_validation_loss_are_on_one_chart_with_the_lowest_validation_marked() -> None:
    figure = loss_figure(_curves())
    assert [trace.name for trace in figure.data] == ["Training", "Validation", "Lowest"]
    assert (figure.data[2].x[0], figure.data[2].y[0]) == (300, 0.4)


def test_ap_is_shown_in_per_cent_with_the_best_checkpoint_marked() -> None:
    figure = ap_figure(_curves(), best_iteration=300)
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["AP"].y) == pytest.approx([10, 30, 50, 40])
    assert (traces["Best"].x[0], traces["Best"].y[0]) == (300, 50)
    assert "Best" not in {trace.name for trace in ap_figure(_curves(), best_iteration=None).data}


def test_smoothing_leaves_the_raw_values_faintly_behind_and_validation_as_it_is() -> None:
    figure = loss_figure(_curves(), Look(smoothing=0.9))
    raw, smooth = figure.data[:2]
    assert raw.opacity == 0.25
    assert not raw.showlegend
    assert list(raw.y) == list(_curves()["loss/total"].values)
    assert smooth.y[-1] > raw.y[-1]  # a falling curve: the average lags behind
    assert list(figure.data[2].y) == [0.9, 0.5, 0.4, 0.6]


def test_smoothing_is_the_average_that_hand_arithmetic_gives() -> None:
    # weight 0.5: 2; (0.5 * 1 + 0.5 * 4) / 0.75 with the average 1 after the first value
    assert smoothed(np.array([2.0, 4.0]), 0.5) == pytest.approx([2.0, (0.5 * 1.0 + 0.5 * 4.0) / 0.75])
    assert smoothed(np.full(50, 3.0), 0.95) == pytest.approx(np.full(50, 3.0))


@pytest.mark.parametrize(
    ("look", "last", "title"),
    [
        pytest.param(Look(), 400, "Iterations", id="iterations"),
        pytest.param(Look(x="epochs", iterations_per_epoch=100), 4, "Epochs", id="epochs"),
        pytest.param(Look(x="minutes"), 199.5 / 60, "Minutes since the start", id="minutes"),
    ],
)
def test_the_x_axis_counts_what_was_asked_for_and_is_common_to_all_curves(look: Look, last: float, title: str) -> None:
    figure = loss_figure(_curves(), look)
    assert figure.data[0].x[-1] == pytest.approx(last)
    assert figure.data[1].x[-1] == pytest.approx(last)
    assert figure.layout.xaxis.title.text == title


def test_losses_can_be_shown_on_a_logarithmic_scale_and_ap_never_is() -> None:
    look = Look(log=True)
    assert loss_figure(_curves(), look).layout.yaxis.type == "log"
    assert ap_figure(_curves(), None, look).layout.yaxis.type == "linear"


def test_runs_are_overlaid_by_name_each_from_its_own_start() -> None:
    runs = {"one": {"ap": _curve([0.1, 0.2], 100)}, "two": {"ap": _curve([0.3], 100, began=9e6)}, "three": {}}
    figure = overlay_figure(runs, "ap", Look(x="minutes"))
    assert [trace.name for trace in figure.data] == ["one", "two"]
    assert [trace.x[0] for trace in figure.data] == [0, 0]
    assert list(figure.data[1].y) == [30]
    assert figure.data[0].line.color != figure.data[1].line.color


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_figure_is_drawn_from_full_and_from_no_curves_at_all(dark: bool) -> None:
    look = Look(dark=dark)
    for curves, drawn in ((_curves(), True), ({}, False)):
        figures = [
            loss_figure(curves, look),
            loss_parts_figure(curves, look),
            loss_parts_figure(curves, look, validation=True),
            ap_figure(curves, 300, look),
            class_ap_figure(curves, ["red", "blue"], look),
            learning_rate_figure(curves, look),
            speed_figure(curves, look),
            machine_figure(curves, ("memory_mib", "gpu_memory_mib"), look),
        ]
        for figure in figures:
            assert bool(figure.data) == drawn
            assert figure.layout.title.text
