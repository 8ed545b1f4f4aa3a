"""What is known of a run: status and phase, with the reason of one that is lost or waits on a cluster."""

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
    """Status and phase. A lost run gets its reason, exception and remedy from what its worker left behind."""
    try:
        seen = observe(folder.status, folder.lock)
    except FileNotFoundError:
        # Its start was cut off before the first status; it can be resumed, which starts it.
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
        # Of a machine of a cluster nothing is known from here but the log.
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
        return ""  # what ended the run is less well known then


def _as_the_cluster_says(seen: Observation, submission: Submission) -> Observation:
    """The observation of a run on a cluster, which says why it waits, or that nothing new is known of it."""
    problem, _ = last_words(submission)
    if problem:
        reason = f"{problem} This is the last that is known of the run."
    elif seen.phase is Phase.QUEUED:
        reason = f"Waits for its turn on the {cluster_title(submission.address)}."
    else:
        return seen
    return replace(seen, status=seen.status.with_(reason=reason))


def log_tail(folder: RunFolder, lines: int) -> str:
    """The last lines of the worker's output; "" before there is any. Costs the same however long the log is."""
    return "\n".join(line.text for line in search_log(folder.log, LogQuery(lines)).lines)


def is_alive(folder: RunFolder) -> bool:
    """Whether a worker of the run lives on this machine, whatever its files say."""
    return probe(folder.lock).held
