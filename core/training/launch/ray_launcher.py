"""Runs on a Ray cluster: handed over as jobs, seen and ended through them.

A run's folder lies on a folder that all machines share. The worker writes into it as it does on this machine, and a
stop request lies in it too. Kernel locks mean nothing there, so whether the worker lives is asked of its job, and
`cluster.json` beside the status says which job that is: {"address", "job", "submitted"}. A job whose key does not stand
in it any more must not touch the run.
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

# In a worker's environment: the key of the job that it is. Its devices are granted, and it takes no lock.
JOB_VARIABLE: Final = "DETDESK_JOB"
# Ray gives a process 3 s after SIGTERM, and its head may be slow to tell.
_END_WAIT_S: Final = 20.0
# Until then a job that is not in the list may only be too new for it.
_NEW_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Which job a run was handed over as; an empty key: it was taken back before its turn."""

    address: str
    job: str
    submitted: Moment  # Unix seconds


@dataclass(frozen=True, slots=True)
class RayLauncher:
    """Hands runs over to a cluster. Interface as core.training.launch.launcher.LocalLauncher."""

    settings: Settings
    verb: str = "train"
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def spawn(self, folder: RunFolder) -> None:
        """Hand the run over and return at once. Raises ClusterError, and RecipeError for what no machine can have."""
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
        # Ray puts its own kind of address there, which is none of ours.
        return f"cd {shlex.quote(app)} && export RAY_ADDRESS= && exec {shlex.join(words)} >> {log} 2>&1"


def cluster_device(address: str) -> Device:
    """The cluster as the device that runs are planned for: a GPU where one of its machines has one."""
    has_gpu = any(node.gpus for node in view_of(address).snapshot().nodes)
    return Device(key="gpu" if has_gpu else "cpu", title=cluster_title(address))


def cluster_title(address: str) -> str:
    """What the cluster is called, e.g. `cluster at head:8265`."""
    return f"cluster at {address.partition('://')[2]}"


def reached(address: str) -> Snapshot:
    """The cluster as it is now. Raises ClusterError where it cannot be reached."""
    snapshot = view_of(address).renew()
    if snapshot.problem:
        remedy = "Start it, or correct RAY_ADDRESS; without RAY_ADDRESS runs are trained on this machine."
        raise ClusterError(snapshot.problem, remedy)
    return snapshot


def grant_for(processes: int, nodes: Sequence[Node]) -> Node:
    """What a training in so many processes asks of one machine: a GPU each and their share of its cores.

    Without GPUs a run gets all cores of the smallest machine, so that each machine trains one run at a time, as on the
    machine of the pages. Raises RecipeError where no machine has so many GPUs.
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
    """The job that the run in this folder was handed over as; None for a run of this machine.

    Raises DamagedFileError: taken for a run of this machine, it would be started here too while its job goes on there.
    """
    try:
        return read_as(folder / "cluster.json", Submission)
    except FileNotFoundError:
        return None


def is_alive(submission: Submission) -> bool:
    """Whether the job waits or runs. As long as the cluster cannot be reached, it counts as it was last seen."""
    if not submission.job:
        return False
    snapshot = view_of(submission.address).snapshot()
    job = snapshot.jobs.get(submission.job)
    if job is not None:
        return job.state in LIVING
    return bool(snapshot.problem) or time.time() - submission.submitted < _NEW_S


def last_words(submission: Submission) -> tuple[str, str]:
    """Why the cluster cannot be asked ("" where it can), and what it says of the job ("" where it knows nothing)."""
    snapshot = view_of(submission.address).snapshot()
    job = snapshot.jobs.get(submission.job)
    return snapshot.problem, job.message if job else ""


def is_waiting(folder: RunFolder) -> bool:
    """Whether the run waits for its turn on the cluster. Raises ClusterError where that cannot be known."""
    submission = read_submission(folder.root)
    if submission is None or not submission.job:
        return False
    job = reached(submission.address).jobs.get(submission.job)
    return job is None or job.state is JobState.PENDING


def end_job(folder: RunFolder) -> None:
    """End the run's job for good; on return no worker of it writes any more. Raises ClusterError, AppError.

    One that waits cannot be ended in Ray before its turn; it is taken back instead, and ends by itself then.
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
            raise AppError(f"Job {submission.job} does not react to being ended.", "Look at the cluster's machines.")
        time.sleep(0.3)
        view_of(submission.address).renew()


def _processes(folder: RunFolder) -> int:
    """The processes of a run; an evaluation, which has no recipe of its own, is one."""
    return read_recipe(folder.recipe).devices if folder.recipe.exists() else 1


def _write(folder: RunFolder, submission: Submission) -> None:
    document = {"address": submission.address, "job": submission.job, "submitted": submission.submitted}
    write_json(folder.cluster, document)
