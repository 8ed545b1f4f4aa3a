import pytest

from core.figures.curve_pen import Look, RunCurves
from core.figures.run_overlay import comparable_metrics, overlay_figure
from tests.factories.curves import curve, run_curves


def test_runs_are_overlaid_by_name_each_from_its_own_start() -> None:
    runs = {
        "one": RunCurves({"ap": curve([0.1, 0.2], 100)}),
        "two": RunCurves({"ap": curve([0.3], 100, began=9e6)}),
        "three": RunCurves({}),
    }
    figure = overlay_figure(runs, "ap", Look(x="time"))
    assert [trace.name for trace in figure.data] == ["one", "two"]
    assert [trace.x[0] for trace in figure.data] == [0, 0]
    assert list(figure.data[1].y) == [30]
    assert figure.data[0].line.color != figure.data[1].line.color


def test_each_run_has_its_own_epochs() -> None:
    runs = {"small": run_curves(iterations_per_epoch=50), "large": run_curves(iterations_per_epoch=400)}
    figure = overlay_figure(runs, "ap", Look(x="epochs"))
    assert [trace.x[-1] for trace in figure.data] == [8, 1]


@pytest.mark.parametrize("part", ["total", "cls"])
def test_a_loss_is_drawn_with_its_validation_dashed_in_the_colour_of_the_run(part: str) -> None:
    figure = overlay_figure({"one": run_curves(), "two": run_curves()}, f"loss/{part}")
    assert [trace.name for trace in figure.data] == ["one", "one, validation", "two", "two, validation"]
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash"] * 2
    assert figure.data[0].line.color == figure.data[1].line.color != figure.data[2].line.color


def test_many_runs_are_drawn_smooth_without_their_raw_values() -> None:
    for number, traces in ((3, 6), (4, 4)):
        runs = {f"run {place}": RunCurves({"lr": curve([1.0, 2.0, 3.0])}) for place in range(number)}
        assert len(overlay_figure(runs, "lr", Look(smoothing=0.5)).data) == traces


def test_what_can_be_compared_is_what_occurs_in_order() -> None:
    other = RunCurves({"ap/blue": curve([0.1]), "val_loss/own": curve([0.1])})
    assert comparable_metrics([run_curves(), other], ["red", "blue", "green"]) == [
        *("ap", "ap50", "ap/red", "ap/blue"),
        *("loss/total", "loss/cls", "loss/own"),
        *("lr", "step_s", "waiting", "memory_mib", "cpu"),
    ]


def test_the_share_of_waiting_is_compared_too() -> None:
    figure = overlay_figure({"one": run_curves()}, "waiting")
    assert list(figure.data[0].y) == pytest.approx([20.0] * 400)
