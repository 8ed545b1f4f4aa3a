"""Runs workers on a Ray cluster, as jobs.

A run's folder is in a folder that all machines share. The worker and stop requests use it as on this machine. Kernel
locks do not work there, so the job's state tells whether the worker lives. `cluster.json` beside the status names the
job: {"address", "job", "submitted"}. A job whose key is no longer in it must not touch the run.
"""

import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from core.errors import AppError, RecipeError
from core.files import write_json
from core.records import read_as
from core.settings import REPOSITORY, Settings
from core.shapes import Moment
from core.training.launch.devices import CORES_VARIABLE, Device
from core.training.launch.ray_api import LIVING, ClusterError, JobRequest, JobState, Node, end, submit
from core.training.launch.ray_snapshot import Snapshot, view_of
from core.training.recipe.recipe import read_recipe
from core.training.run.folder import RunFolder

# In a worker's environment: the key of its job. The cluster granted its devices, and it takes no lock.
JOB_VARIABLE: Final = "DETDESK_JOB"
# Ray waits 3 s after SIGTERM, and its head may report late.
_END_WAIT_S: Final = 20.0
# A job younger than this may not be in the list yet.
_NEW_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The job of a run; an empty key: the job was withdrawn before its turn."""

    address: str
    job: str
    submitted: Moment  # Unix seconds


@dataclass(frozen=True, slots=True)
class RayLauncher:
    """Submits runs to a cluster. Same interface as core.training.launch.launcher.LocalLauncher."""

    settings: Settings
    verb: str = "train"
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def spawn(self, folder: RunFolder) -> None:
        """Submits the run and returns at once. Raises ClusterError, and RecipeError if no machine has enough GPUs."""
        address = self.settings.ray_address
        snapshot = reached(address)
        grant = grant_for(_processes(folder), snapshot.nodes)
        submission = Submission(
            address=address, job=f"detdesk-{folder.root.name}-{time.time_ns():x}", submitted=time.time()
        )
        _write(folder, submission)
        # Not the database: its URL may hold a password, and no worker needs it.
        names = {key for key in self.environment if key.startswith("DETDESK_")} - {"DETDESK_DATABASE"}
        environment = {key: self.environment[key] for key in names}
        environment |= {"PYTHONUNBUFFERED": "1", CORES_VARIABLE: str(grant.cpus), JOB_VARIABLE: submission.job}
        submit(
            address,
            JobRequest(
                key=submission.job,
                command=self._command(folder),
                cpus=grant.cpus,
                gpus=grant.gpus,
                environment=environment,
            ),
        )

    def _command(self, folder: RunFolder) -> str:
        """The worker's command line for the shell of a machine of the cluster, with its paths."""
        app, python = str(REPOSITORY), sys.executable
        if self.settings.ray_app:
            app, python = self.settings.ray_app, f"{self.settings.ray_app}/.venv/bin/python"
        root = PurePosixPath(folder.root.resolve())
        if self.settings.ray_workspace:
            root = PurePosixPath(self.settings.ray_workspace) / root.relative_to(self.settings.workspace)
        words = [python, "-m", "core.worker", self.verb, str(root)]
        log = shlex.quote(str(root / folder.log.name))
        # Ray sets another kind of address there.
        return f"cd {shlex.quote(app)} && export RAY_ADDRESS= && exec {shlex.join(words)} >> {log} 2>&1"


def cluster_device(address: str) -> Device:
    """The cluster as the device that runs are planned for: a GPU if any machine has one."""
    has_gpu = any(node.gpus for node in view_of(address).snapshot().nodes)
    return Device(key="gpu" if has_gpu else "cpu", title=cluster_title(address))


def cluster_title(address: str) -> str:
    """The name of the cluster, e.g. `cluster at head:8265`."""
    return f"cluster at {address.partition('://')[2]}"


def reached(address: str) -> Snapshot:
    """The current state of the cluster. Raises ClusterError if it cannot be reached."""
    snapshot = view_of(address).renew()
    if snapshot.problem:
        remedy = "Start it, or correct RAY_ADDRESS; without RAY_ADDRESS runs are trained on this machine."
        raise ClusterError(snapshot.problem, remedy)
    return snapshot


def grant_for(processes: int, nodes: Sequence[Node]) -> Node:
    """The resources that a training in `processes` processes asks of a machine: a GPU each and their share of cores.

    Without GPUs a run gets all cores of the smallest machine, so that each machine trains one run at a time. Raises
    RecipeError if no machine has enough GPUs.
    """
    with_gpu = [node for node in nodes if node.gpus]
    if not with_gpu:
        return Node(cpus=max(1, min((node.cpus for node in nodes), default=1)), gpus=0)
    able = [node for node in with_gpu if node.gpus >= processes]
    if not able:
        most = max(node.gpus for node in with_gpu)
        raise RecipeError(
            f"The run wants {processes} GPUs on one machine, and the largest of the cluster has {most}.",
            "Ask for fewer GPUs.",
        )
    return Node(cpus=max(1, min(node.cpus * processes // node.gpus for node in able)), gpus=processes)


def read_submission(folder: Path) -> Submission | None:
    """The job of the run in this folder; None for a run of this machine.

    Raises DamagedFileError, because a run that counts as local by mistake would be started a second time.
    """
    try:
        return read_as(folder / "cluster.json", Submission)
    except FileNotFoundError:
        return None


def is_alive(submission: Submission) -> bool:
    """Whether the job waits or runs. While the cluster cannot be reached, the last known state counts."""
    if not submission.job:
        return False
    snapshot = view_of(submission.address).snapshot()
    job = snapshot.jobs.get(submission.job)
    if job is not None:
        return job.state in LIVING
    return bool(snapshot.problem) or time.time() - submission.submitted < _NEW_S


def last_words(submission: Submission) -> tuple[str, str]:
    """Why the cluster cannot be reached ("" if it can), and its message about the job ("" if it has none)."""
    snapshot = view_of(submission.address).snapshot()
    job = snapshot.jobs.get(submission.job)
    return snapshot.problem, job.message if job else ""


def is_waiting(folder: RunFolder) -> bool:
    """Whether the run waits for its turn on the cluster. Raises ClusterError if it cannot be reached."""
    submission = read_submission(folder.root)
    if submission is None or not submission.job:
        return False
    job = reached(submission.address).jobs.get(submission.job)
    return job is None or job.state is JobState.PENDING


def end_job(folder: RunFolder) -> None:
    """Ends the run's job; after the return no worker of it writes any more. Raises ClusterError, AppError.

    Ray cannot end a waiting job before its turn. Such a job is withdrawn, and its worker exits when it starts.
    """
    submission = read_submission(folder.root)
    if submission is None or not submission.job:
        return
    waits = is_waiting(folder)
    if waits:
        _write(folder, Submission(address=submission.address, job="", submitted=submission.submitted))
    end(submission.address, submission.job)
    deadline = time.monotonic() + _END_WAIT_S
    while not waits and is_alive(submission):
        if time.monotonic() > deadline:
            raise AppError(f"Job {submission.job} does not end.", "Look at the cluster's machines.")
        time.sleep(0.3)
        view_of(submission.address).renew()


def _processes(folder: RunFolder) -> int:
    """The processes of a run; 1 for an evaluation, which has no recipe."""
    return read_recipe(folder.recipe).devices if folder.recipe.exists() else 1


def _write(folder: RunFolder, submission: Submission) -> None:
    document = {"address": submission.address, "job": submission.job, "submitted": submission.submitted}
    write_json(folder.cluster, document)
