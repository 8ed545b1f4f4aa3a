"""Runs on a cluster as the launcher sees them; the cluster is a fake of its HTTP API (tests/process has a real one)."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError
from core.files import read_json, write_json
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher, kill, resume, start, stop
from core.training.launch.liveness import START_GRACE_S, observe
from core.training.launch.ray_api import ClusterError, Node
from core.training.launch.ray_launcher import JOB_VARIABLE, RayLauncher, cluster_title, grant_for, read_submission
from core.training.launch.ray_snapshot import view_of
from core.training.recipe.build import make_recipe
from core.training.recipe.presets import find_preset
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status, write_status
from tests.factories.workers.fake_cluster import FakeCluster, fake_cluster
from tests.factories.workers.tiny_worker import make_run


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with fake_cluster() as cluster:
        yield cluster


def _run(tmp_path: Path, devices: int = 1) -> RunFolder:
    folder = make_run(tmp_path / "work space")
    recipe = replace(make_recipe(find_preset("quick"), 10), devices=devices)
    write_json(folder.recipe, recipe.to_json())
    return folder


def _launcher(tmp_path: Path, cluster: FakeCluster, **settings: Any) -> RayLauncher:
    workspace = (tmp_path / "work space").resolve()
    environment = {"DETDESK_ZOO": "http://zoo/", "DETDESK_DATABASE": "postgresql://me:secret@db/x", "HOME": "/root"}
    return RayLauncher(Settings(workspace=workspace, ray_address=cluster.address, **settings), environment=environment)


def _job(folder: RunFolder) -> str:
    submission = read_submission(folder.root)
    assert submission is not None
    return submission.job


def _now(cluster: FakeCluster, folder: RunFolder, state: str) -> Phase:
    cluster.states[_job(folder)] = state
    view_of(cluster.address).renew()
    return observe(folder.status, folder.lock).phase


def test_a_run_is_handed_over_with_its_command_its_log_and_what_it_needs(tmp_path: Path, cluster: FakeCluster) -> None:
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster))
    (document,) = cluster.submitted
    assert document["submission_id"] == _job(folder)
    assert (document["entrypoint_num_cpus"], document["entrypoint_num_gpus"]) == (4, 0)
    words = shlex.split(document["entrypoint"])
    assert words[-5:] == ["train", str(folder.root), ">>", str(folder.log), "2>&1"]
    environment = document["runtime_env"]["env_vars"]
    assert (environment["DETDESK_CORES"], environment[JOB_VARIABLE]) == ("4", _job(folder))
    assert environment["DETDESK_ZOO"] == "http://zoo/"
    assert "secret" not in str(document)
    assert read_status(folder.status).phase is Phase.QUEUED


def test_machines_that_have_workspace_and_app_elsewhere_get_their_own_paths(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster, ray_workspace="/mnt/shared", ray_app="/opt/detdesk"))
    entry = cluster.submitted[0]["entrypoint"]
    assert entry.startswith("cd /opt/detdesk && ")
    assert "/opt/detdesk/.venv/bin/python -m core.worker train /mnt/shared/runs/r-234567" in entry


def test_a_run_lives_as_long_as_its_job_whatever_its_lock_says(tmp_path: Path, cluster: FakeCluster) -> None:
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster))
    long_ago = time.time() - 10 * START_GRACE_S
    write_status(folder.status, read_status(folder.status).with_(updated=long_ago))
    assert _now(cluster, folder, "PENDING") is Phase.QUEUED
    write_status(folder.status, read_status(folder.status).with_(phase=Phase.RUNNING, pid=7))
    assert _now(cluster, folder, "RUNNING") is Phase.RUNNING
    assert _now(cluster, folder, "FAILED") is Phase.LOST


def test_runs_keep_their_last_known_state_while_the_cluster_cannot_be_reached(tmp_path: Path) -> None:
    with fake_cluster() as cluster:
        folder = _run(tmp_path)
        start(folder, 100, _launcher(tmp_path, cluster))
        write_status(folder.status, read_status(folder.status).with_(phase=Phase.RUNNING, pid=7))
        assert _now(cluster, folder, "RUNNING") is Phase.RUNNING
    snapshot = view_of(cluster.address).renew()
    assert "cannot be reached" in snapshot.problem
    assert observe(folder.status, folder.lock).phase is Phase.RUNNING


def test_a_start_on_a_cluster_that_cannot_be_reached_fails_with_a_remedy(tmp_path: Path) -> None:
    with fake_cluster() as cluster:
        launcher = _launcher(tmp_path, cluster)
    folder = _run(tmp_path)
    with pytest.raises(ClusterError, match="cannot be reached: Connection refused") as raised:
        start(folder, 100, launcher)
    assert "RAY_ADDRESS" in raised.value.remedy
    status = read_status(folder.status)
    assert (status.phase, status.reason) == (Phase.FAILED, raised.value.message)


def test_a_run_that_waits_is_taken_back_by_a_stop_and_by_a_kill(tmp_path: Path, cluster: FakeCluster) -> None:
    folder = _run(tmp_path)
    launcher = _launcher(tmp_path, cluster)
    for act in (stop, kill):
        if act is stop:
            start(folder, 100, launcher)
        else:
            resume(folder, launcher)
        job = _job(folder)
        view_of(cluster.address).renew()
        act(folder)
        assert read_status(folder.status).phase is Phase.STOPPED
        assert (cluster.ended[-1], _job(folder)) == (job, "")


def test_a_stop_of_a_run_that_runs_is_left_to_its_worker(tmp_path: Path, cluster: FakeCluster) -> None:
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster))
    write_status(folder.status, read_status(folder.status).with_(phase=Phase.RUNNING, pid=7))
    assert _now(cluster, folder, "RUNNING") is Phase.RUNNING
    stop(folder)
    assert folder.stop_request.exists()
    assert not cluster.ended


@pytest.mark.worker
def test_a_job_that_was_taken_back_leaves_the_run_alone_when_its_turn_comes(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster))
    before = folder.status.read_bytes()
    command = [sys.executable, "-m", "core.worker", "train", str(folder.root)]
    environment = {**os.environ, JOB_VARIABLE: "detdesk-r-234567-earlier"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "was withdrawn" in done.stderr
    assert folder.status.read_bytes() == before


@pytest.mark.process
def test_a_run_of_the_cluster_can_go_on_on_this_machine(tmp_path: Path, cluster: FakeCluster) -> None:
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster))
    kill(folder)
    resume(folder, LocalLauncher(("true",)))
    assert read_submission(folder.root) is None


def test_a_cluster_that_is_just_starting_is_waited_for(tmp_path: Path, cluster: FakeCluster) -> None:
    cluster.refusals.append("No available agent to submit job, please try again later.")
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster))
    assert len(cluster.submitted) == 1


def test_a_refusal_is_told_in_the_clusters_words(tmp_path: Path, cluster: FakeCluster) -> None:
    cluster.refusals.append("Traceback\nValueError: no such resource")
    with pytest.raises(ClusterError, match=r"refuses: ValueError: no such resource \(500\)"):
        start(_run(tmp_path), 100, _launcher(tmp_path, cluster))


@pytest.mark.parametrize(
    ("processes", "nodes", "grant"),
    [
        pytest.param(
            1,
            [Node(cpus=8, gpus=0), Node(cpus=4, gpus=0)],
            Node(cpus=4, gpus=0),
            id="the smallest machine without GPUs, whole",
        ),
        pytest.param(
            1,
            [Node(cpus=64, gpus=8), Node(cpus=4, gpus=0)],
            Node(cpus=8, gpus=1),
            id="a GPU and its share of the cores",
        ),
        pytest.param(
            2,
            [Node(cpus=64, gpus=8), Node(cpus=8, gpus=2)],
            Node(cpus=8, gpus=2),
            id="so that each machine that could have it can",
        ),
        pytest.param(
            4,
            [Node(cpus=64, gpus=8), Node(cpus=8, gpus=2)],
            Node(cpus=32, gpus=4),
            id="only the machine with enough counts",
        ),
        pytest.param(1, [Node(cpus=1, gpus=8)], Node(cpus=1, gpus=1), id="at least one core"),
        pytest.param(1, [], Node(cpus=1, gpus=0), id="nothing known yet"),
    ],
)
def test_what_a_run_asks_of_the_cluster(processes: int, nodes: list[Node], grant: Node) -> None:
    assert grant_for(processes, nodes) == grant


def test_more_gpus_than_any_machine_has_are_refused() -> None:
    with pytest.raises(RecipeError, match=r"wants 4 GPUs on one machine, and the largest of the cluster has 2\."):
        grant_for(4, [Node(cpus=8, gpus=2), Node(cpus=8, gpus=2)])


def test_the_cluster_is_named_by_its_host() -> None:
    assert cluster_title("http://head:8265") == "cluster at head:8265"


def test_the_submission_is_a_file_beside_the_status(tmp_path: Path, cluster: FakeCluster) -> None:
    folder = _run(tmp_path)
    start(folder, 100, _launcher(tmp_path, cluster))
    assert read_json(folder.cluster)["address"] == cluster.address
