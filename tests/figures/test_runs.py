import plotly.graph_objects as go
import pytest

from core.figures.curve_pen import Look, RunCurves
from core.figures.runs import (
    ap_figure,
    learning_rate_figure,
    loss_figure,
    machine_figure,
    speed_figure,
    waiting_figure,
)
from tests.factories.curves import run_curves

LOAD = (("cpu", "gpu"), "Load of the machine", "%")


def test_training_and_validation_loss_are_on_one_chart_with_the_lowest_validation_marked() -> None:
    figure = loss_figure(run_curves())
    assert [trace.name for trace in figure.data] == ["Training", "Validation", "Lowest"]
    assert (figure.data[2].x[0], figure.data[2].y[0]) == (300, 0.4)


def test_of_a_cascade_whose_totals_cannot_be_compared_none_is_called_the_lowest() -> None:
    run = run_curves()
    later = {"val_loss/cls_stage1": run.curves["val_loss/cls"]}
    figure = loss_figure(RunCurves({**run.curves, **later}, run.iterations_per_epoch))
    assert [trace.name for trace in figure.data] == ["Training", "Validation"]


def test_parts_of_the_loss_stand_on_the_same_chart_validation_dashed() -> None:
    figure = loss_figure(run_curves(), parts=["total", "cls"])
    lines = {trace.name: trace.line.dash for trace in figure.data if trace.mode != "markers+text"}
    assert lines == {
        "Training": "solid",
        "Validation": "dash",
        "Loss: classes": "solid",
        "Loss: classes, validation": "dash",
    }


@pytest.mark.parametrize(("since", "lines"), [(200, 1), (None, 0)], ids=["rises", "does not"])
def test_the_point_after_which_validation_loss_rises_is_marked(since: int | None, lines: int) -> None:
    figure = loss_figure(run_curves(), Look(x="epochs"), rising_since=since)
    assert len(figure.layout.shapes) == lines
    if lines:
        assert figure.layout.shapes[0].x0 == 2
        assert figure.layout.annotations[0].text == "Validation loss rises"


def test_ap_is_shown_in_per_cent_with_the_best_checkpoint_marked() -> None:
    figure = ap_figure(run_curves(), ["red"], best_iteration=300)
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces) == ["AP", "AP50", "Best"]
    assert list(traces["AP"].y) == pytest.approx([10, 30, 50, 40])
    assert (traces["Best"].x[0], traces["Best"].y[0]) == (300, 50)
    assert "Best" not in {trace.name for trace in ap_figure(run_curves(), ["red"]).data}


def test_the_ap_of_a_class_has_the_colour_of_the_class() -> None:
    figure = ap_figure(run_curves(), ["blue", "red"], metrics=["ap/red"])
    (trace,) = figure.data
    assert (trace.name, trace.line.color) == ("AP of red", "#56B4E9")


def test_smoothing_leaves_the_raw_values_faintly_behind_and_validation_as_it_is() -> None:
    figure = loss_figure(run_curves(), Look(smoothing=0.9))
    raw, smooth = figure.data[:2]
    assert raw.opacity == 0.25
    assert not raw.showlegend
    assert list(raw.y) == list(run_curves().curves["loss/total"].values)
    assert smooth.y[-1] > raw.y[-1]  # a falling curve: the average lags behind
    assert list(figure.data[2].y) == [0.9, 0.5, 0.4, 0.6]


def test_losses_can_be_shown_on_a_logarithmic_scale_and_ap_never_is() -> None:
    look = Look(log=True)
    assert loss_figure(run_curves(), look).layout.yaxis.type == "log"
    assert ap_figure(run_curves(), [], look).layout.yaxis.type == "linear"


def test_the_share_of_waiting_is_that_of_the_step() -> None:
    (trace,) = waiting_figure(run_curves()).data
    assert list(trace.y) == pytest.approx([20.0] * 400), "0.1 of 0.5 s"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_figure_is_drawn_from_full_and_from_no_curves_at_all(dark: bool) -> None:
    look = Look(dark=dark)
    for run, drawn in ((run_curves(), True), (RunCurves({}), False)):
        figures = [
            loss_figure(run, look),
            ap_figure(run, ["red", "blue"], look),
            learning_rate_figure(run, look),
            speed_figure(run, look),
            waiting_figure(run, look),
            machine_figure(run, *LOAD, look),
        ]
        for figure in figures:
            assert bool(figure.data) == drawn
            assert go.Figure(figure.to_dict()).layout.title.text, "Plotly takes all of it"
