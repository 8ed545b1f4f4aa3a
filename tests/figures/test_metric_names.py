import pytest

from core.figures.metric_names import loss_parts, shown_values, title_of
from tests.factories.curves import curve


@pytest.mark.parametrize(
    ("metric", "title"),
    [
        ("ap50", "AP50"),
        ("ap/it's/odd", "AP of it's/odd"),
        ("loss/total", "Loss: total"),
        ("val_loss/rpn_loc", "Validation loss: proposals, boxes"),
        ("loss/cls_stage0", "Loss: classes, stage 1"),
        ("val_loss/box_reg_stage2", "Validation loss: boxes, stage 3"),
        ("loss/own_stage1", "Loss: own_stage1"),
        ("loss/my_own", "Loss: my_own"),
        ("whatever", "whatever"),
    ],
)
def test_every_metric_has_a_name_for_people(metric: str, title: str) -> None:
    assert title_of(metric) == title


def test_the_parts_of_the_loss_are_in_a_fixed_order_and_unknown_ones_come_last() -> None:
    metrics = ["loss/own", "loss/rpn_cls", "val_loss/cls", "loss/total", "lr", "ap/loss/total"]
    assert loss_parts(metrics) == ["cls", "rpn_cls", "own"]
    stages = ["loss/box_reg_stage0", "loss/cls_stage10", "loss/cls_stage2", "loss/rpn_cls"]
    assert loss_parts(stages) == ["cls_stage2", "cls_stage10", "box_reg_stage0", "rpn_cls"]


@pytest.mark.parametrize(("metric", "shown"), [("ap/x", 50), ("cpu", 50), ("disk_free_mib", 0.5 / 1024), ("lr", 0.5)])
def test_shares_are_shown_in_per_cent_and_sizes_in_gib(metric: str, shown: float) -> None:
    found = shown_values(metric, curve([0.5]))
    assert found.values.tolist() == found.means.values.tolist() == [shown]
