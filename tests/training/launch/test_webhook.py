"""The message about a run's end, sent to a receiver on loopback that takes it, refuses it, hangs or leads elsewhere."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.files import write_json
from core.settings import Settings
from core.training.launch import webhook
from core.training.launch.webhook import as_message, read_ending, send
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status, write_status
from core.worker import __main__ as entry
from core.workspace.layout import Layout
from tests.factories.runs import RunMaker
from tests.factories.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]


class Receiver(ThreadingHTTPServer):
    """Answers with each of `answers` in turn, the last one for ever; None hangs until the end of the test."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int | None] = [200]
        self.received: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/services/secret"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        receiver = self.server
        receiver.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        receiver.paths.append(self.path)
        answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
        if answer is None:
            receiver.over.wait(30)
            return
        self.send_response(answer)
        if answer == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test's output is for the test."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_PAUSES_S", (0.01, 0.01))
    monkeypatch.setattr(webhook, "_TIMEOUT_S", 0.3)


def made(tmp_path: Path, phase: Phase = Phase.FINISHED, name: str = "first") -> RunFolder:
    return RunFolder(
        Layout(tmp_path).folder("run", RunMaker(name=name, phase=phase).make(Settings(workspace=tmp_path)))
    )


def test_a_finished_run_is_told_with_its_best_ap_its_length_and_a_link(tmp_path: Path) -> None:
    folder = made(tmp_path)
    write_status(folder.status, read_status(folder.status).with_(started=1000.0, updated=1000.0 + 348))
    message = as_message(read_ending(folder, "https://desk.example.org/"))
    link = f"https://desk.example.org/run?run={folder.root.name}"
    assert message["text"] == (
        f"<{link}|first> finished at iteration 400 of 400, best AP 48.7 (AP50 77.9), data set cells v1, took 0:05:48."
    )
    assert message["detdesk"]["best"]["ap"] == pytest.approx(0.4871, abs=1e-4)
    assert (message["detdesk"]["phase"], message["detdesk"]["seconds"]) == ("finished", 348.0)
    assert message["detdesk"]["url"] == link


def test_a_failed_run_is_told_with_its_cause_and_what_to_do(tmp_path: Path) -> None:
    text = as_message(read_ending(made(tmp_path, Phase.FAILED)))["text"]
    assert text.splitlines()[0].startswith("first failed at iteration 240 of 400")
    assert text.splitlines()[1:] == [
        "The loss became NaN at iteration 151.",
        "Start again with half the learning rate.",
    ]


def test_a_name_cannot_call_the_whole_channel_or_make_up_links(tmp_path: Path) -> None:
    folder = made(tmp_path, name="<!channel> & <http://evil.example|click>")
    text = as_message(read_ending(folder, "https://desk.example.org"))["text"]
    assert "&lt;!channel&gt; &amp; &lt;http://evil.example|click&gt;" in text
    assert text.count("<") == text.count(">") == 1


def test_a_run_that_failed_before_it_had_a_job_is_told_too(tmp_path: Path) -> None:
    folder = made(tmp_path, Phase.FAILED)
    folder.job.unlink()
    (folder.root / "run.json").write_text("[")
    assert as_message(read_ending(folder))["text"].startswith(f"{folder.root.name} failed")


def test_the_renamed_data_set_and_run_are_called_by_their_names(tmp_path: Path) -> None:
    folder = made(tmp_path)
    write_json(tmp_path / "datasets/cells/dataset.json", {"id": "cells", "name": "Blood & cells", "created": 1.0})
    assert "data set Blood &amp; cells v1" in as_message(read_ending(folder))["text"]


def test_a_message_that_is_taken_is_sent_once(receiver: Receiver) -> None:
    assert send(receiver.url, {"text": "hello"}) == ""
    assert receiver.received == [{"text": "hello"}]


@pytest.mark.parametrize(
    ("answers", "problem", "tries"),
    [
        pytest.param([500, 503, 200], "", 3, id="taken at the third try"),
        pytest.param([500], "it answered 500", 3, id="broken"),
        pytest.param([429, 200], "", 2, id="too many at once"),
        pytest.param([404], "it answered 404", 1, id="a wrong address is not tried again"),
        pytest.param([302], "it answered 302", 1, id="a redirect is not followed"),
        pytest.param([None], "it cannot be reached (timed out)", 3, id="hanging"),
    ],
)
def test_it_is_tried_three_times_where_that_can_help(
    receiver: Receiver, answers: list[int | None], problem: str, tries: int
) -> None:
    receiver.answers = answers
    assert send(receiver.url, {"text": "hello"}) == problem
    assert len(receiver.received) == tries
    assert set(receiver.paths) == {"/services/secret"}


def test_an_address_where_nobody_listens_is_said_so(receiver: Receiver) -> None:
    receiver.shutdown()
    receiver.server_close()
    assert "cannot be reached" in send(receiver.url, {"text": "hello"})


def _work(folder: RunFolder, **environment: str) -> subprocess.Popen[bytes]:
    """The real worker on a run without a recipe: it fails before it needs torch."""
    folder.recipe.unlink()
    folder.status.unlink()
    with folder.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "core.worker", "train", str(folder.root)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@pytest.mark.worker
def test_the_worker_itself_tells_and_notes_it_in_the_log_without_the_secret(tmp_path: Path, receiver: Receiver) -> None:
    folder = made(tmp_path)
    worker = _work(folder, DETDESK_WEBHOOK=receiver.url, DETDESK_URL="http://desk")
    assert worker.wait(60) == 1
    eventually(lambda: "was sent to 127.0.0.1" in folder.log.read_text(), 30)
    assert [message["detdesk"]["phase"] for message in receiver.received] == ["failed"]
    assert receiver.received[0]["text"].startswith(f"<http://desk/run?run={folder.root.name}|first> failed")
    assert "secret" not in folder.log.read_text()


@pytest.mark.worker
def test_a_receiver_that_hangs_holds_up_nothing(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [None]
    folder = made(tmp_path)
    worker = _work(folder, DETDESK_WEBHOOK=receiver.url)
    assert worker.wait(60) == 1
    ended = time.monotonic()
    eventually(lambda: len(receiver.received) > 0, 30)
    assert read_status(folder.status).phase is Phase.FAILED
    assert time.monotonic() - ended < 30
    assert "was not taken" not in folder.log.read_text()  # the worker has gone, and the message is still on its way


def test_a_message_that_nobody_takes_is_a_line_in_the_log(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [500]
    monkeypatch.setenv("DETDESK_WEBHOOK", receiver.url)
    assert webhook.main(made(tmp_path).root) == 1
    assert capsys.readouterr().out == (
        "The message about the end of this run was not accepted by 127.0.0.1: it answered 500.\n"
    )


@pytest.mark.parametrize("phase", [Phase.STOPPED, Phase.RUNNING])
def test_a_run_that_was_stopped_or_goes_on_is_not_told(
    tmp_path: Path, phase: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setenv("DETDESK_WEBHOOK", "http://127.0.0.1:9/x")
    monkeypatch.setattr(subprocess, "Popen", lambda *arguments, **options: started.append(arguments))
    webhook.announce(made(tmp_path, phase))
    assert not started
    webhook.announce(made(tmp_path, Phase.FINISHED))
    assert len(started) == 1


def test_without_an_address_nothing_is_started_and_a_wrong_one_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *arguments, **options: started.append(arguments))
    monkeypatch.delenv("DETDESK_WEBHOOK", raising=False)
    webhook.announce(made(tmp_path))
    monkeypatch.setenv("DETDESK_WEBHOOK", "file:///etc/passwd")
    webhook.announce(made(tmp_path, name="second"))
    assert not started
    assert "DETDESK_WEBHOOK" in caplog.text


def test_a_worker_tells_of_a_training_that_went_well_and_of_no_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Path] = []
    monkeypatch.setattr(entry, "announce", lambda folder: told.append(folder.root))
    monkeypatch.setattr(entry, "attend", lambda *_: 0)
    assert entry.main(["train", str(tmp_path)]) == 0
    assert entry.main(["evaluate", str(tmp_path)]) == 0
    assert told == [tmp_path]
    monkeypatch.setattr(entry, "attend", lambda *_: 1)  # told where the failure is written down
    assert entry.main(["train", str(tmp_path)]) == 1
    assert told == [tmp_path]
