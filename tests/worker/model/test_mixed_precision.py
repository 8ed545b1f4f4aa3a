"""Mixed precision on the CPU: what is computed with fewer digits, and above all what is not."""

from typing import Any

import pandas as pd
import pytest
import torch
from detectron2.structures import Boxes
from detectron2.utils.events import EventStorage

from core.worker.data.dataset import DataVersion, open_data, records, training_batches
from core.worker.data.training_stream import training_stream
from core.worker.engine.trainer import StoppableTrainer, make_trainer
from core.worker.inference.predict import predict
from core.worker.model import config
from core.worker.model.config import make_config
from core.worker.model.cpu_roi_align import RowPooler
from core.worker.model.detectron import build
from core.worker.model.mixed_precision import has_mixed_precision
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe

STEPS = 5


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataVersion:
    return open_data(tiny_data(tmp_path_factory.mktemp("workspace")))


@pytest.fixture(autouse=True)
def _any_cpu_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU without bfloat16 computes the same, only slower."""
    monkeypatch.setattr(config, "has_mixed_precision", lambda device: True)


def _trainer(data: DataVersion, mixed: bool) -> StoppableTrainer:
    recipe = tiny_recipe(STEPS, mixed_precision=mixed, model="small_cascade")
    cfg = make_config(recipe, list(CLASSES))
    torch.manual_seed(3)
    model = build(cfg).train()
    stream = training_stream(records(data, data.split("train")), cfg, recipe)
    return make_trainer(cfg, model, training_batches(stream, recipe.batch, range(STEPS), 0))


def _losses(trainer: StoppableTrainer) -> list[float]:
    losses = []
    with EventStorage() as trainer.storage:
        for trainer.iter in range(STEPS):
            torch.manual_seed(trainer.iter)  # which boxes are sampled
            trainer.run_step()
            losses.append(trainer.storage.latest()["total_loss"][0])
    return losses


def test_losses_are_near_those_in_single_precision_and_the_same_when_repeated(data: DataVersion) -> None:
    mixed, again, single = (_losses(_trainer(data, mixed)) for mixed in (True, True, False))
    assert mixed == again != single
    assert mixed == pytest.approx(single, rel=0.05)


def test_images_are_convolved_with_fewer_digits_and_boxes_cut_out_with_all(
    data: DataVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, convolved, cut = _trainer(data, mixed=True), set[torch.dtype](), set[torch.dtype]()
    trainer.model.backbone.bottom_up.stem.conv1.register_forward_hook(lambda *seen: convolved.add(seen[2].dtype))
    forward = RowPooler.forward

    def watched(self: RowPooler, features: list[torch.Tensor], boxes: list[Boxes]) -> torch.Tensor:
        cut.update(one.dtype for one in (*features, *(box.tensor for box in boxes)))
        return forward(self, features, boxes)

    monkeypatch.setattr(RowPooler, "forward", watched)
    _losses(trainer)
    assert (convolved, cut) == ({torch.bfloat16}, {torch.float32})
    parameters = [parameter for parameter in trainer.model.parameters() if parameter.requires_grad]
    assert {parameter.dtype for parameter in parameters} | {parameter.grad.dtype for parameter in parameters} == {
        torch.float32
    }


def test_detections_are_those_of_single_precision(data: DataVersion) -> None:
    found: list[pd.DataFrame] = []
    for mixed in (True, False):
        recipe = tiny_recipe(mixed_precision=mixed)
        cfg = make_config(recipe, list(CLASSES))
        torch.manual_seed(3)
        outcomes = predict(
            build(cfg), cfg, recipe.views, records(data, data.split("val")), lambda *_: None, lambda: False
        )
        assert outcomes is not None
        found.append(outcomes.detections)
    assert len(found[0]) > 10
    pd.testing.assert_frame_equal(*found)


@pytest.mark.parametrize(
    ("able", "wanted", "mixed"),
    [
        ({"avx2": True, "avx512_bf16": True}, None, True),
        ({"avx2": True, "amx_bf16": True}, True, True),
        ({"avx2": True, "avx512_bf16": False}, None, False),
        ({"avx2": True}, True, False),
        ({"avx512_bf16": True}, False, False),
    ],
    ids=["by default", "asked for", "a CPU without it", "asked of a CPU without it", "switched off"],
)
def test_a_cpu_trains_in_mixed_precision_where_it_is_made_for_it(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, Any], wanted: bool | None, mixed: bool
) -> None:
    monkeypatch.setattr(config, "has_mixed_precision", has_mixed_precision)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert make_config(tiny_recipe(mixed_precision=wanted), list(CLASSES)).SOLVER.AMP.ENABLED is mixed


def test_a_torch_that_does_not_tell_computes_in_single_precision_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert not has_mixed_precision("cpu")
    assert has_mixed_precision("cuda")
