"""Two processes on the CPU through the worker's real entry, trained once for all tests of this file.

Sampling is made deterministic: every anchor and the same number of proposals an image count, so that the mean over
two processes is that of one with the same batch; in single precision, whose rounding is small enough to tell.
"""

import os
import re
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import RecipeError
from core.files import read_json
from core.training.launch.devices import Device
from core.training.launch.launcher import LocalLauncher, resume, start
from core.training.launch.liveness import observe
from core.training.metrics.log import curves, read_metrics
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, read_status
from core.worker.commands import launch_ddp
from core.worker.commands.launch_ddp import train_in_processes
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_run import (
    FEW_CHANNELS,
    THIN_RESNET,
    tiny_data,
    tiny_jitter_recipe,
    tiny_recipe,
    tiny_run,
)

LENGTH, STOPPED_FROM, KILLED_FROM = 10, 3, 7
# Three processes import torch and Detectron2; a machine under load needs many times the 10 s of a free one.
_LONG_S = 240.0
ALL_THE_SAME = {
    "MODEL.RPN.BATCH_SIZE_PER_IMAGE": 100_000,
    "MODEL.RPN.NMS_THRESH": 1.0,
    "MODEL.RPN.POST_NMS_TOPK_TRAIN": 40,
    "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 1000,
    "MODEL.ROI_HEADS.POSITIVE_FRACTION": 1.0,
    "MODEL.ROI_HEADS.PROPOSAL_APPEND_GT": False,
    "MODEL.ROI_HEADS.IOU_THRESHOLDS": [0.2],
}
OVERRIDES = {**FEW_CHANNELS, **ALL_THE_SAME}
TOGETHER = tiny_recipe(LENGTH, devices=2, batch=4, warmup=2, mixed_precision=False, overrides=OVERRIDES)
EAGER = LocalLauncher((sys.executable, "-m", "tests.factories.workers.eager_worker", "train"))


@dataclass(frozen=True, kw_only=True)
class Trained:
    alone: RunFolder
    whole: RunFolder
    stopped_at: int
    stopped: Any  # the index of the checkpoints when it had stopped
    killed: RunFolder
    noticed_s: float  # from the death of one process to the run's end
    orphans: list[psutil.Process]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, nursery: dict[str, str]) -> Trained:
    eager = replace(EAGER, environment={**EAGER.environment, **nursery})
    root = tmp_path_factory.mktemp("workspace")
    data = tiny_data(root, DatasetMaker(train=6, val=2))
    whole = tiny_run(root, "r-222222", TOGETHER, data)
    alone = tiny_run(root, "r-333333", replace(TOGETHER, devices=1, iterations=2), data)
    broken = tiny_run(root, "r-444444", replace(TOGETHER, iterations=1000), data)
    # Each waits for the slot of the one before.
    for folder in (whole, alone, broken):
        start(folder, 1, eager)
    eventually(lambda: _iteration(broken) >= STOPPED_FROM, _LONG_S, "some iterations of the last run")
    os.killpg(observe(broken.status, broken.lock).pid, signal.SIGTERM)
    eventually(lambda: observe(broken.status, broken.lock).pid == 0, _LONG_S, "its stop")
    stopped_at, stopped = _iteration(broken), read_json(broken.checkpoints / "index.json")
    resume(broken, eager)
    eventually(lambda: _losses(broken) and max(_losses(broken)) >= stopped_at + KILLED_FROM, _LONG_S, "going on")
    worker = psutil.Process(observe(broken.status, broken.lock).pid)
    launch_ddp = [child for child in worker.children() if "spawn_main" in " ".join(child.cmdline())]
    began = time.monotonic()
    launch_ddp[-1].kill()
    eventually(lambda: observe(broken.status, broken.lock).phase in ENDED, _LONG_S, "its end")
    noticed_s = time.monotonic() - began
    return Trained(
        alone=alone,
        whole=whole,
        stopped_at=stopped_at,
        stopped=stopped,
        killed=broken,
        noticed_s=noticed_s,
        orphans=launch_ddp,
    )


def _iteration(folder: RunFolder) -> int:
    seen = observe(folder.status, folder.lock)
    # The eager worker loads torch before it takes its lock, so on a busy machine it first looks lost.
    assert seen.phase is not Phase.FAILED, folder.log.read_text()[-3000:]
    return seen.status.iteration


def _losses(folder: RunFolder) -> dict[int, float]:
    curve = curves(read_metrics(folder.metrics)[0], ["loss/total"])["loss/total"]
    return dict(zip(curve.iterations.tolist(), curve.values.tolist(), strict=True))


def test_the_first_two_losses_are_those_of_one_process_with_the_same_batch(trained: Trained) -> None:
    together, alone = _losses(trained.whole), _losses(trained.alone)
    assert list(alone) == [1, 2]
    assert [together[1], together[2]] == pytest.approx([alone[1], alone[2]], rel=1e-6)
    assert together[1] != together[2]


@pytest.mark.long
def test_two_processes_whose_norms_measure_together_begin_with_the_losses_of_one(
    tmp_path: Path, nursery: dict[str, str]
) -> None:
    data = tiny_data(tmp_path, DatasetMaker(train=6, val=1))
    changes = {"batch": 4, "warmup": 2, "mixed_precision": False, "overrides": {**THIN_RESNET, **ALL_THE_SAME}}
    together = tiny_jitter_recipe(2, norm_statistics="batch", devices=2, **changes)
    runs = {
        key: tiny_run(tmp_path, key, recipe, data)
        for key, recipe in (
            ("r-111111", together),
            ("r-222222", replace(together, devices=1)),
            ("r-333333", replace(together, devices=1, norm_statistics="frozen")),
        )
    }
    for folder in runs.values():
        start(folder, 1, replace(EAGER, environment={**EAGER.environment, **nursery}))
    for folder in runs.values():
        eventually(lambda: observe(folder.status, folder.lock).phase in ENDED, _LONG_S, "the end")  # noqa: B023
    two, one, frozen = (list(_losses(folder).values()) for folder in runs.values())
    assert two == pytest.approx(one, rel=1e-4)
    assert two[0] != pytest.approx(frozen[0], rel=1e-2)


def test_two_runs_in_two_processes_are_equal_to_the_last_bit_also_after_a_stop(trained: Trained) -> None:
    whole, resumed = _losses(trained.whole), _losses(trained.killed)
    assert list(whole) == list(range(1, LENGTH + 1))
    assert [resumed[i] for i in whole] == list(whole.values())


def test_two_processes_finish_with_an_evaluation_and_say_what_they_ran_on(trained: Trained) -> None:
    status = read_status(trained.whole.status)
    assert (status.phase, status.iteration) == (Phase.FINISHED, LENGTH)
    assert status.device.endswith((" core, 2 processes", " cores, 2 processes"))
    assert status.best is not None
    # One process wrote: each iteration is there once.
    iterations = [record["iteration"] for record in read_metrics(trained.whole.metrics)[0] if "loss/total" in record]
    assert iterations == list(range(1, LENGTH + 1))


def test_a_signal_to_all_ends_both_processes_with_one_checkpoint_of_the_iteration_reached(trained: Trained) -> None:
    assert trained.stopped_at >= STOPPED_FROM
    assert trained.stopped["last"] == {"iteration": trained.stopped_at}


def test_a_process_that_dies_fails_the_run_within_seconds_and_says_so(trained: Trained) -> None:
    status = read_status(trained.killed.status)
    assert status.phase is Phase.FAILED
    assert re.fullmatch(r"Process [12] of 2 was ended by SIGKILL, and the others .*", status.reason)
    assert "Resume" in status.remedy
    assert trained.noticed_s < 20
    assert not any(orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE for orphan in trained.orphans)


def test_a_process_that_only_lost_the_other_lets_that_one_be_seen_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(launch_ddp.time, "sleep", slept.append)
    launch_ddp._report(str(tmp_path), 1, FloatingPointError("Loss became infinite or NaN at iteration=7!"))
    assert slept == []
    lost = "[/third_party/gloo/gloo/transport/tcp/pair.cc:538] Read error [127.0.0.1]:5: Connection reset by peer"
    launch_ddp._report(str(tmp_path), 0, RuntimeError(lost))
    assert slept == [3.0]


def test_a_batch_that_cannot_be_shared_evenly_is_refused(tmp_path: Path) -> None:
    folder = tiny_run(tmp_path, "r-222222", replace(TOGETHER, batch=3), tiny_data(tmp_path))
    reporter, stop = Reporter(folder.status), StopSwitch(folder.stop_request)
    with pytest.raises(RecipeError, match="batch of 3 images cannot be shared by 2") as raised:
        train_in_processes(folder, 2, Device(key="cpu", title="CPU, 2 cores"), reporter, stop)
    assert "multiple of 2" in raised.value.remedy
