"""Tells a channel how a run ended: a Slack-compatible message to the address in DETDESK_WEBHOOK.

The worker calls `announce` at its end. It sends in a separate process, so a slow or broken receiver does not delay the
run's end or hold its device. The outcome is a line in the run's log. A worker that is killed by SIGKILL, or whose
machine went down, announces nothing: such a run is *lost*, which only readers detect.
"""

import json
import logging
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from datetime import timedelta
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

from core.errors import AppError
from core.records import read_document
from core.settings import REPOSITORY, load_settings
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import BestFigures, Phase, read_status

_LOG = logging.getLogger(__name__)
_TOLD: Final = (Phase.FINISHED, Phase.FAILED)
_TIMEOUT_S: Final = 5.0
# Pauses before two more tries, long enough for a receiver that restarts.
_PAUSES_S: Final = (2.0, 8.0)
# A receiver that sends a byte now and then never reaches the timeout.
_ALTOGETHER_S: Final = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, in the message's key `detdesk`. AP is 0 to 1; `url` is "" if DETDESK_URL is not set."""

    run: str
    name: str
    dataset: str
    version: str
    phase: str
    reason: str
    remedy: str
    iteration: int
    of_iterations: int
    best: BestFigures | None
    seconds: float
    url: str


def announce(folder: RunFolder) -> None:
    """Starts sending how the run ended, if an address is set. Returns at once and never raises."""
    try:
        if load_settings().webhook and read_status(folder.status).phase in _TOLD:
            command = [sys.executable, "-m", "core.training.launch.webhook", str(folder.root)]
            # A new session, so that killing the run's processes does not stop the message.
            subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, start_new_session=True)
    except (AppError, OSError, ValueError, TypeError, KeyError) as error:
        _LOG.warning("The message about the end of this run could not be sent: %s", error)


def read_ending(folder: RunFolder, base_url: str = "") -> Ending:
    """How the run in this folder ended, from its files. Raises FileNotFoundError without a status."""
    status = read_status(folder.status)
    run = folder.root.name
    dataset, version = _data_of(folder)
    return Ending(
        run=run,
        name=_name_in(folder.root / "run.json", run),
        dataset=dataset,
        version=version,
        phase=str(status.phase),
        reason=status.reason,
        remedy=status.remedy,
        iteration=status.iteration,
        of_iterations=status.of_iterations,
        best=status.best,
        seconds=round(max(0.0, status.updated - status.started), 1),
        url=f"{base_url.rstrip('/')}/run?{urlencode({'run': run})}" if base_url else "",
    )


def as_message(ending: Ending) -> dict[str, Any]:
    """The JSON to send: `text` in Slack's markup for people, and `detdesk` with the same for programs."""
    name = _escape(ending.name)
    title = f"<{ending.url}|{name}>" if ending.url else name
    parts = [f"{title} {ending.phase} at iteration {ending.iteration:,} of {ending.of_iterations:,}"]
    if ending.best and ending.best.ap is not None:
        detail = f" (AP50 {ending.best.ap50 * 100:.1f})" if ending.best.ap50 is not None else ""
        parts.append(f"best AP {ending.best.ap * 100:.1f}{detail}")
    if ending.dataset:
        parts.append(_escape(f"data set {ending.dataset} {ending.version}"))
    parts.append(f"took {timedelta(seconds=round(ending.seconds))}")
    words = [", ".join(parts) + "."]
    words += [_escape(sentence) for sentence in (ending.reason, ending.remedy) if sentence]
    return {"text": "\n".join(words), "detdesk": asdict(ending)}


def send(address: str, message: dict[str, Any]) -> str:
    """Posts the message, three times at most. Returns "" if it was accepted, else why it was not."""
    body = json.dumps(message).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Detdesk"}
    problem = ""
    for pause in (*_PAUSES_S, None):
        try:
            request = urllib.request.Request(address, body, headers, method="POST")
            urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S).close()
        except HTTPError as error:
            problem = f"it answered {error.code}"
            if error.code < 500 and error.code != 429:  # the address or the message is wrong, and stays wrong
                return problem
        except (OSError, HTTPException) as error:
            problem = f"it cannot be reached ({getattr(error, 'reason', None) or error})"
        else:
            return ""
        if pause is not None:
            time.sleep(pause)
    return problem


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the server's owner set the address, but not where it redirects to."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Makes no new request, so that the redirect is an error."""


def main(root: Path) -> int:
    """Sends the message about the run in this folder; returns 0 if it was accepted."""
    settings = load_settings()
    # Not the whole address, because anyone who knows it may write into the channel.
    host = urlsplit(settings.webhook).hostname
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, _ALTOGETHER_S)
    try:
        problem = send(settings.webhook, as_message(read_ending(RunFolder(root), settings.url)))
    except TimeoutError:
        problem = "it takes too long"
    if problem:
        print(f"The message about the end of this run was not accepted by {host}: {problem}.", flush=True)
        return 1
    print(f"The message about the end of this run was sent to {host}.", flush=True)
    return 0


def _give_up(_number: int, _frame: object) -> None:
    raise TimeoutError


def _data_of(folder: RunFolder) -> tuple[str, str]:
    """Name and version of the run's data set; "" for a run that failed before it had any."""
    try:
        job = read_job(folder)
    except (OSError, AppError):
        return "", ""
    return _name_in(job.data.parent.parent / "dataset.json", job.dataset), job.version


def _name_in(path: Path, otherwise: str) -> str:
    try:
        return str(read_document(path)["name"])
    except (OSError, AppError, KeyError):
        return otherwise


def _escape(text: str) -> str:
    """The text with the three characters of Slack's markup escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
