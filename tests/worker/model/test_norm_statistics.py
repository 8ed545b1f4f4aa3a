"""Batch norm in training: what stays, what is measured, over one device and over two."""

import copy
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from detectron2.layers import FrozenBatchNorm2d
from torch import nn

from core.errors import RecipeError
from core.files import read_json
from core.training.process.status_reporter import Reporter
from core.training.recipe.recipe import Weights
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.commands.train import train
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from core.worker.model.norm_statistics import FixedNorm, settle_norms
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_jitter_recipe, tiny_recipe, tiny_run
from tests.worker.commands.test_train import CPU, StopAt

Tensors = dict[str, torch.Tensor]
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def _is_norm(name: str) -> bool:
    return ".norm." in name or ".conv_norm." in name


def _start(path: Path) -> Tensors:
    """A file of start weights whose norms differ from new ones in every tensor."""
    model = build(make_config(tiny_jitter_recipe(), list(CLASSES)))
    random = torch.Generator().manual_seed(2)
    for name, tensor in model.state_dict().items():
        if _is_norm(name) and tensor.dim():
            tensor.copy_(torch.rand(tensor.shape, generator=random) + 0.5)
        elif _is_norm(name):
            tensor.fill_(184_375)
    torch.save({"model": model.state_dict(), "classes": list(CLASSES)}, path)
    tensors: Tensors = torch.load(path, weights_only=True)["model"]
    return tensors


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_data(tmp_path_factory.mktemp("workspace"), DatasetMaker(train=6, val=1, background=1, size=64))


def _train(data: Path, name: str, weights: Path, stop_at: int = 0, **changes: Any) -> tuple[RunFolder, Tensors]:
    """The run and the tensors of its last checkpoint. With `stop_at` it is stopped there, then resumed."""
    recipe = tiny_jitter_recipe(4, weights=Weights(kind="file", value=str(weights)), **changes)
    folder = tiny_run(data.parents[3], name, recipe, data, weights)
    for stop in (stop_at, 1_000_000) if stop_at else (1_000_000,):
        reporter = Reporter(folder.status, recipe.iterations)
        outcome = train(folder, recipe, read_job(folder), CPU, reporter, StopAt(reporter, stop))
        reporter.end(outcome.phase, outcome.reason)
    assert outcome.phase is Phase.FINISHED
    return folder, torch.load(folder.checkpoints / "last.pth", weights_only=True)["model"]


@pytest.mark.parametrize("frozen_stages", [0, 2])
def test_frozen_norms_keep_every_tensor_through_training_and_a_resume(
    data: Path, tmp_path: Path, frozen_stages: int
) -> None:
    before = _start(tmp_path / "start.pth")
    name = f"frozen{frozen_stages}"
    _, whole = _train(data, name, tmp_path / "start.pth", frozen_stages=frozen_stages)
    _, resumed = _train(data, f"{name}-stopped", tmp_path / "start.pth", stop_at=2, frozen_stages=frozen_stages)
    assert whole.keys() == resumed.keys() == before.keys()
    assert {name for name in before if not torch.equal(before[name], whole[name])} == {
        name for name in before if not _is_norm(name) and not (frozen_stages and (".stem." in name or ".res2." in name))
    }
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_measured_norms_change_their_statistics_and_resume_exactly(data: Path, tmp_path: Path) -> None:
    before = _start(tmp_path / "start.pth")
    changes: dict[str, Any] = {"norm_statistics": "batch", "frozen_stages": 2}
    _, whole = _train(data, "batch", tmp_path / "start.pth", **changes)
    _, resumed = _train(data, "batch-stopped", tmp_path / "start.pth", stop_at=2, **changes)
    same = {name for name in before if torch.equal(before[name], whole[name])}
    stages = {name for name in before if ".stem." in name or ".res2." in name}
    # A scale of a level without a box may get no gradient in four steps.
    assert {name for name in same if not name.endswith((".norm.weight", ".norm.bias"))} == {
        name for name in stages if not name.endswith((".norm.weight", ".norm.bias"))
    }
    assert stages < same < {*stages, *(name for name in before if _is_norm(name))}
    counts = {int(whole[name]) for name in set(whole) - same if name.endswith(STATISTICS[-1])}
    assert counts == {184_375 + 4}
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_start_file_is_loaded_whole_with_frozen_stages_too(data: Path, tmp_path: Path) -> None:
    before = _start(tmp_path / "start.pth")
    folder, _ = _train(data, "whole-file", tmp_path / "start.pth", frozen_stages=2)
    report = read_json(folder.weights)
    assert sorted(report["loaded"]) == sorted(before)
    assert (report["missing"], report["ignored"], report["reinitialised"]) == ([], [], [])


def test_a_fixed_norm_computes_what_detectron2s_frozen_norm_and_a_norm_in_use_compute() -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(5)
    for tensor in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
        tensor.uniform_(0.5, 2)
    fixed, frozen = copy.deepcopy(norm), FrozenBatchNorm2d.convert_frozen_batchnorm(copy.deepcopy(norm))
    settle_norms(nn.Sequential(fixed), "frozen", 1, on_gpu=False)
    features = torch.randn(3, 5, 4, 4, requires_grad=True)
    for needs_gradient in (True, False):
        with torch.set_grad_enabled(needs_gradient):
            ours = fixed.train()(features)
            torch.testing.assert_close(ours, frozen(features), rtol=0, atol=0)
            torch.testing.assert_close(ours, norm.eval()(features))


def test_a_checkpoint_of_an_earlier_version_without_counts_of_batches_is_read() -> None:
    """Its frozen stages had Detectron2's norm."""
    norm, old = FixedNorm(4), FrozenBatchNorm2d(4).state_dict()
    assert "num_batches_tracked" not in old
    norm.load_state_dict(old)
    assert torch.equal(norm.running_var, old["running_var"])


def test_a_choice_about_a_model_without_batch_norm_is_refused() -> None:
    model = build(make_config(tiny_recipe(), list(CLASSES)))
    with pytest.raises(RecipeError, match="no batch norm"):
        settle_norms(model, "frozen", 1, on_gpu=False)


def test_on_gpus_the_backbone_measures_with_torchs_norm_and_the_heads_with_the_one_that_takes_no_boxes() -> None:
    model = build(make_config(tiny_jitter_recipe(), list(CLASSES)))
    names = set(model.state_dict())
    settle_norms(model, "batch", 2, on_gpu=True)
    norms = {name: norm for name, norm in model.named_modules() if isinstance(norm, nn.modules.batchnorm._NormBase)}
    kinds = {name.partition(".")[0]: type(norm).__mro__[1].__name__ for name, norm in norms.items()}
    assert kinds == {"backbone": "SyncBatchNorm", "roi_heads": "NaiveSyncBatchNorm"}
    assert all(norm.weight.requires_grad for norm in norms.values())
    assert set(copy.deepcopy(model).state_dict()) == names


def _measure(rank: int, port: int, folder: str) -> None:
    """One of two processes with half of a batch; the second has no box for the head."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    backbone, head = _two_norms()
    settle_norms(nn.ModuleDict({"backbone": backbone, "head": head}), "batch", 2, on_gpu=False)
    images, boxes = _batch()
    mine = images[rank::2].requires_grad_()
    out = backbone(mine), head(boxes if rank == 0 else boxes[:0])
    _loss(out[0], _batch()[0][rank::2]).backward()
    torch.save([out, mine.grad, backbone.state_dict(), head.state_dict()], Path(folder) / f"{rank}.pt")
    dist.destroy_process_group()


def _two_norms() -> tuple[nn.Module, nn.Module]:
    return nn.Sequential(nn.BatchNorm2d(3)), nn.Sequential(nn.BatchNorm2d(2))


def _loss(normalised: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """A sum over images whose gradient depends on the statistics of all of them."""
    return (normalised**3 * images).sum()


def _batch() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(4)
    return torch.randn(4, 3, 8, 8), torch.randn(6, 2, 7, 7)


@pytest.mark.long
def test_two_processes_measure_together_as_one_does_with_the_whole_batch(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(_measure, (port, str(tmp_path)), nprocs=2)
    backbone, head = _two_norms()
    images, boxes = _batch()
    whole, of_boxes = backbone(images.requires_grad_()), head(boxes)
    _loss(whole, _batch()[0]).backward()
    assert images.grad is not None
    for rank in (0, 1):
        (ours, our_boxes), gradient, statistics, of_head = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        torch.testing.assert_close(ours, whole[rank::2])
        torch.testing.assert_close(gradient, images.grad[rank::2], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(our_boxes, of_boxes if rank == 0 else of_boxes[:0])
        torch.testing.assert_close(of_head["0.running_mean"], head.state_dict()["0.running_mean"])
        torch.testing.assert_close(statistics["0.running_mean"], backbone.state_dict()["0.running_mean"])
