"""Kill -9 at random moments of a real training: nothing is lost but what came after the last checkpoint."""

import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from core.files import read_json
from core.training.launch.liveness import observe
from core.training.metrics.log import read_metrics
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, read_status, write_status
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually
from tests.factories.workers.real_worker import kill_group, losses_of, reached, real_worker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run

# So short that many kills come while a checkpoint or an evaluation is written.
_CHECKPOINT_S = 0.3
_EVERY = 12
# A kill comes up to so many iterations after a start, or a moment later; the run outlasts all of them.
_MOST_STEPS, _LATER_S, _STEPS_A_KILL = 6, 0.4, 14
_START_S = 240.0  # of a worker, on a machine that is busy with other tests


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("warm_workers")
def test_a_run_that_is_killed_five_times_ends_as_if_nobody_had(tmp_path: Path) -> None:
    _soak(tmp_path, kills=5, data_workers=2)


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_a_run_that_is_killed_fifty_times_ends_as_if_nobody_had(tmp_path: Path) -> None:
    _soak(tmp_path, kills=50, data_workers=0)


def _soak(root: Path, kills: int, data_workers: int) -> None:
    length = kills * _STEPS_A_KILL + 10
    recipe = tiny_recipe(length, evaluate_every=_EVERY, checkpoint_every_s=_CHECKPOINT_S, data_workers=data_workers)
    data = tiny_data(root, DatasetMaker(train=6, val=1, size=64))
    # Without loader processes: their number must not matter either.
    whole = tiny_run(root, "whole", replace(recipe, data_workers=0, checkpoint_every_s=600.0), data)
    _run_to_the_end(whole)
    folder = tiny_run(root, "killed", recipe, data)
    # As the launcher leaves it: a kill may come before the worker's first word.
    write_status(folder.status, Status(phase=Phase.QUEUED, of_iterations=length, updated=time.time()))
    chance, kept = random.Random(kills), 0
    for _ in range(kills):
        _kill_somewhere(folder, chance)
        assert read_status(folder.status).phase is not Phase.FINISHED, "too short for so many kills"
        kept = _check_what_is_left(folder, kept)
    _run_to_the_end(folder)

    status = read_status(folder.status)
    assert (status.phase, status.iteration) == (Phase.FINISHED, length)
    _check_equal(folder, whole, length)
    assert not list(folder.root.rglob(".*.part"))


def _run_to_the_end(folder: RunFolder) -> None:
    with real_worker(folder) as process:
        assert process.wait(_START_S * 2) == 0, folder.log.read_text()[-2000:]


def _kill_somewhere(folder: RunFolder, chance: random.Random) -> None:
    """Start the worker and kill it: one in eight times while it starts, else some iterations after that."""
    at, later_s = reached(folder) + chance.randint(0, _MOST_STEPS), chance.uniform(0, _LATER_S)
    while_it_starts = chance.random() < 1 / 8
    with real_worker(folder) as process:
        if while_it_starts:
            time.sleep(chance.uniform(0, 6))
        else:
            eventually(lambda: reached(folder) > at or process.poll() is not None, _START_S, f"iteration {at}")
            time.sleep(later_s)
        kill_group(process, folder)


def _check_what_is_left(folder: RunFolder, kept_before: int) -> int:
    """Both checkpoints load, are the old or the new one, and the index agrees; the iteration of the last one."""
    last, best = (_load(folder.checkpoints / f"{name}.pth") for name in ("last", "best"))
    if last is None:
        assert kept_before == 0
        return 0
    index = read_json(folder.checkpoints / "index.json") if (folder.checkpoints / "index.json").exists() else {}
    at = int(last["iteration"])
    assert at >= kept_before
    assert "optimizer" in last
    # The index is written last: it is of these files, or of those just before them.
    assert not index or index["last"]["iteration"] <= at
    if best is None:
        assert not index.get("best")
    else:
        known = index.get("best")
        assert best["iteration"] <= at
        assert known is None or known["iteration"] < best["iteration"] or known["ap"] == best["ap"]
    _check_loss_of_time(folder, at)
    assert observe(folder.status, folder.lock).pid == 0
    return at


def _check_loss_of_time(folder: RunFolder, kept: int) -> None:
    """The steps after the last checkpoint took no longer than lies between two of them, and some steps more.

    Only steps count: an evaluation that the kill fell into takes as long as the machine is busy.
    """
    records = read_metrics(folder.metrics)[0]
    lost = [one for one in _since_the_last_start(records) if int(one["iteration"]) > kept and one.get("step_s")]
    if lost:
        befores = [kept, *(int(one["iteration"]) for one in lost)]
        spent = sum(
            float(one["step_s"]) * (int(one["iteration"]) - before)
            for one, before in zip(lost, befores[:-1], strict=True)
        )
        slowest = max(float(record.get("step_s") or 0.0) for record in records)
        assert spent <= _CHECKPOINT_S + 3 * slowest + 1.0


def _since_the_last_start(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of the last worker: iterations fall back where it began."""
    begin = 0
    for place in range(1, len(records)):
        if records[place]["iteration"] < records[place - 1]["iteration"]:
            begin = place
    return records[begin:]


def _load(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    assert all(torch.isfinite(tensor).all() for tensor in content["model"].values() if tensor.is_floating_point())
    return content


def _check_equal(ours: RunFolder, theirs: RunFolder, length: int) -> None:
    """Every iteration's losses, however often it was made, and both checkpoints are those of the uninterrupted run."""
    killed, whole = losses_of(ours), losses_of(theirs)
    assert sorted(killed) == sorted(whole) == list(range(1, length + 1))
    for iteration, tries in killed.items():
        assert all(losses == whole[iteration][0] for losses in tries), f"iteration {iteration}"
    for name in ("last", "best"):
        mine, other = (_load(folder.checkpoints / f"{name}.pth") for folder in (ours, theirs))
        assert mine is not None
        assert other is not None
        assert (mine["iteration"], mine.get("ap")) == (other["iteration"], other.get("ap"))
        assert all(torch.equal(tensor, other["model"][key]) for key, tensor in mine["model"].items())
