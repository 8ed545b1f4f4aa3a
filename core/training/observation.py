"""A run's status and phase, with the reason of one that is lost or waits on a cluster."""

import shutil
from dataclasses import replace
from typing import Final

import psutil

from core.errors import DamagedFileError
from core.training.failures.diagnosis import Traces, diagnose_lost
from core.training.failures.oom_kills import has_killed_since
from core.training.failures.table import KILLED
from core.training.launch.liveness import Observation, observe, probe
from core.training.launch.ray_launcher import Submission, cluster_title, last_words, read_submission
from core.training.metrics.log_search import LogQuery, search_log
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, Status

_DIAGNOSIS_LINES: Final = 60


def observe_run(folder: RunFolder) -> Observation:
    """The status and phase of a run. A lost run's reason, exception and remedy come from its log and the machine."""
    try:
        seen = observe(folder.status, folder.lock)
    except FileNotFoundError:
        # Its start was interrupted before the first status. Resuming starts it.
        status = Status(
            phase=Phase.LOST,
            reason="Its start was interrupted.",
            remedy="Resume it: it starts from the beginning.",
            failure=KILLED.key,
        )
        return Observation(status, Phase.LOST, 0)
    submission = read_submission(folder.root) if seen.phase not in ENDED or seen.phase is Phase.LOST else None
    if seen.phase is not Phase.LOST:
        return _as_the_cluster_says(seen, submission) if submission else seen
    traces = Traces(
        log_tail=_last_words(folder),
        last_sign=seen.status.updated,
        # Of a cluster's machine only the log is available.
        booted=0.0 if submission else psutil.boot_time(),
        is_killed_for_memory=not submission and has_killed_since(seen.status.oom),
        free_bytes=shutil.disk_usage(folder.root).free,
    )
    diagnosis, exception = diagnose_lost(traces)
    words = last_words(submission)[1] if submission else ""
    status = seen.status.with_(
        reason=f"{diagnosis.cause} The cluster says: {words}" if words else diagnosis.cause,
        remedy=diagnosis.remedy,
        failure=diagnosis.key,
        exception=exception,
        eta_s=None,
        activity="",
    )
    return Observation(status, Phase.LOST, 0)


def _last_words(folder: RunFolder) -> str:
    try:
        return log_tail(folder, _DIAGNOSIS_LINES)
    except DamagedFileError:
        return ""  # the diagnosis then has less to go by


def _as_the_cluster_says(seen: Observation, submission: Submission) -> Observation:
    """The observation of a run on a cluster, with why it waits, or that the cluster cannot be reached."""
    problem, _ = last_words(submission)
    if problem:
        reason = f"{problem} This is the last known state of the run."
    elif seen.phase is Phase.QUEUED:
        reason = f"Waits for its turn on the {cluster_title(submission.address)}."
    else:
        return seen
    return replace(seen, status=seen.status.with_(reason=reason))


def log_tail(folder: RunFolder, lines: int) -> str:
    """The last lines of the worker's output; "" if there is none. The cost does not grow with the log."""
    return "\n".join(line.text for line in search_log(folder.log, LogQuery(lines)).lines)


def is_alive(folder: RunFolder) -> bool:
    """Whether a worker of the run lives on this machine, whatever its files say."""
    return probe(folder.lock).held
