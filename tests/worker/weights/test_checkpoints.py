"""Checkpoints that diverged or were truncated, with a model of one layer."""

import os
from pathlib import Path

import pytest
import torch

from core.training.run.folder import RunFolder
from core.worker.weights.checkpoints import Best, CheckpointStore


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def _model(value: float = 1.0) -> torch.nn.Module:
    model = torch.nn.Linear(64, 64)
    torch.nn.init.constant_(model.weight, value)
    return model


def _state() -> dict[str, object]:
    return {"optimizer": {"state": {0: {"momentum_buffer": torch.ones(4)}}, "param_groups": []}}


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_model_that_is_not_finite_never_replaces_a_checkpoint(folder: RunFolder, bad: float) -> None:
    store = CheckpointStore(folder, ["red"])
    store.save_last(5, _model(), _state())
    with pytest.raises(FloatingPointError, match=r"model\.weight became infinite or NaN by iteration 6"):
        store.save_last(6, _model(bad), _state())
    kept = CheckpointStore(folder, ["red"]).open()
    assert kept is not None
    assert kept["iteration"] == 5


def test_neither_does_an_optimizer_that_is_not_finite(folder: RunFolder) -> None:
    store, state = CheckpointStore(folder, ["red"]), _state()
    state["optimizer"]["state"][0]["momentum_buffer"][2] = float("inf")  # type: ignore[index]
    with pytest.raises(FloatingPointError, match="momentum_buffer"):
        store.save_last(6, _model(), state)
    assert not (folder.checkpoints / "last.pth").exists()


def test_a_last_checkpoint_cut_short_gives_way_to_the_best_one(folder: RunFolder) -> None:
    store = CheckpointStore(folder, ["red"])
    store.note_evaluation(Best(iteration=4, ap=0.3, ap50=0.5), _model(2.0), 4)
    store.save_last(9, _model(), _state())
    _cut(folder.checkpoints / "last.pth")
    again = CheckpointStore(folder, ["red"])
    found = again.open()
    assert found is not None
    assert found["iteration"] == 4
    assert torch.all(found["model"]["weight"] == 2.0)
    assert again.mended == "Went on from iteration 4 instead."
    assert (folder.checkpoints / "last.pth.broken").is_file()


def test_where_no_checkpoint_can_be_read_the_run_starts_anew_and_says_so(folder: RunFolder) -> None:
    store = CheckpointStore(folder, ["red"])
    store.note_evaluation(Best(iteration=4, ap=0.3, ap50=0.5), _model(), 4)
    store.save_last(9, _model(), _state())
    for name in ("last.pth", "best.pth"):
        (folder.checkpoints / name).write_bytes(b"")
    again = CheckpointStore(folder, ["red"])
    assert again.open() is None
    assert again.best is None
    assert again.mended == "Started anew."


def test_one_kept_on_the_way_is_newer_than_the_best(folder: RunFolder) -> None:
    store = CheckpointStore(folder, ["red"])
    store.note_evaluation(Best(iteration=2, ap=0.3, ap50=0.5), _model(), 2)
    store.save_last(6, _model(3.0), _state())
    (folder.checkpoints / "last.pth").rename(folder.checkpoints / "iteration-0000006.pth")
    store.save_last(9, _model(), _state())
    _cut(folder.checkpoints / "last.pth")
    found = CheckpointStore(folder, ["red"]).open()
    assert found is not None
    assert found["iteration"] == 6


def test_a_checkpoint_that_an_older_release_let_go_astray_is_not_gone_on_from(folder: RunFolder) -> None:
    CheckpointStore(folder, ["red"]).save_last(9, _model(), _state())
    content = torch.load(folder.checkpoints / "last.pth", weights_only=True)
    content["model"]["weight"][0] = float("nan")
    torch.save(content, folder.checkpoints / "last.pth")
    assert CheckpointStore(folder, ["red"]).open() is None


def test_want_of_memory_is_not_taken_for_a_broken_checkpoint(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    CheckpointStore(folder, ["red"]).save_last(9, _model(), _state())

    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(torch, "load", fail)
    with pytest.raises(RuntimeError, match="allocate"):
        CheckpointStore(folder, ["red"]).open()
    assert (folder.checkpoints / "last.pth").is_file()
