"""A client of a Ray cluster's Jobs API: lists machines and jobs, submits and ends jobs. Standard library only.

The API is that of Ray's dashboard (`http://HEAD:8265`), so that neither the page server nor the command line needs Ray.
Source: Ray's documentation, *Ray Jobs REST API*; the machines are from its state API (`/api/v0/nodes`).
"""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from typing import Any, Final

from core.errors import AppError

_TIMEOUT_S: Final = 5.0
# The head passes a job to an agent, which may still be starting.
_SUBMIT_TIMEOUT_S: Final = 30.0
# The head's answer while no machine is ready to take a job.
_NO_AGENT: Final = "No available agent"
_ANSWER_BYTES: Final = 64 * 2**20
# Clusters are in the local network, which a proxy for the internet does not reach.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ClusterError(AppError):
    """The cluster cannot be reached, or refuses a request."""


class JobState(StrEnum):
    """The state of a job, in Ray's words."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


LIVING: Final = frozenset({JobState.PENDING, JobState.RUNNING})


@dataclass(frozen=True, slots=True)
class JobView:
    """A job's state and Ray's message about it."""

    state: JobState
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The total resources of a living machine of the cluster."""

    cpus: int
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A job's command and resources. It waits in Ray's queue until a machine has all of them free."""

    key: str
    command: str  # for a shell on the machine that gets it
    cpus: int
    gpus: int
    environment: dict[str, str] = field(default_factory=dict)


def list_jobs(address: str) -> dict[str, JobView]:
    """All jobs that the cluster remembers, by key. Raises ClusterError."""
    jobs = {}
    for job in _ask(address, "GET", "/api/jobs/"):
        key, state = job.get("submission_id"), job.get("status")
        if key and state in JobState.__members__:
            jobs[str(key)] = JobView(JobState(state), str(job.get("message") or ""))
    return jobs


def list_nodes(address: str) -> list[Node]:
    """The living machines. Raises ClusterError."""
    answer = _ask(address, "GET", "/api/v0/nodes?limit=1000&detail=false")
    nodes = []
    for node in answer["data"]["result"]["result"]:
        if node.get("state") == "ALIVE":
            has = node.get("resources_total") or {}
            nodes.append(Node(cpus=int(has.get("CPU", 0)), gpus=int(has.get("GPU", 0))))
    return nodes


def submit(address: str, request: JobRequest) -> None:
    """Submits a job; waits up to 30 s for a starting cluster. Raises ClusterError."""
    document = {
        "entrypoint": request.command,
        "submission_id": request.key,
        "entrypoint_num_cpus": request.cpus,
        "entrypoint_num_gpus": request.gpus,
        "runtime_env": {"env_vars": request.environment},
    }
    deadline = time.monotonic() + _SUBMIT_TIMEOUT_S
    while True:
        try:
            _ask(address, "POST", "/api/jobs/", document, _SUBMIT_TIMEOUT_S)
        except ClusterError as error:
            if _NO_AGENT not in error.message or time.monotonic() > deadline:
                raise
            time.sleep(1.0)
        else:
            return


def end(address: str, key: str) -> None:
    """Ends a job: SIGTERM, and SIGKILL some seconds later. A waiting job ends when its turn comes.

    Raises ClusterError.
    """
    _ask(address, "POST", f"/api/jobs/{key}/stop")


def _ask(address: str, method: str, path: str, document: Any = None, timeout_s: float = _TIMEOUT_S) -> Any:
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(
        address + path, data=body, method=method, headers={"Content-Type": "application/json"}
    )
    try:
        with _OPENER.open(request, timeout=timeout_s) as answer:
            return json.loads(answer.read(_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        last = error.read(4096).decode(errors="replace").strip().splitlines()[-1:] or [error.reason]
        raise ClusterError(
            f"The cluster at {address} refuses: {last[0]} ({error.code}).", "Look at the log of Ray's head."
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)
        raise ClusterError(
            f"The cluster at {address} cannot be reached: {getattr(cause, 'strerror', None) or cause}.",
            "Start it, or correct RAY_ADDRESS; without RAY_ADDRESS runs are trained on this machine.",
        ) from error
