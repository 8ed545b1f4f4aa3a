"""Every verb and page on a full disk, and on a read-only one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import StorageError
from core.files import write_json
from core.services import datasets, runs
from core.settings import Settings
from core.training.launch.liveness import release
from core.training.launch.queue import Ticket
from core.training.run.status import Phase
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.custom_models import stored_custom_model
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.stuck_disk import FULL, ROOT, STATES, StuckDisk, kinds
from tests.factories.tiny_dataset import DatasetMaker

pytestmark = pytest.mark.sweep

SAID = {"full": "disk is full", "read-only": "cannot be written (Read-only file system)"}
PLACES = [(kind, state) for kind in kinds() for state in STATES]
LOOKS = {
    "runs": "runs",
    "run": "run {done}",
    "a waiting run": "run {waits}",
    "datasets": "datasets",
    "dataset": "dataset {dataset}",
    "models": "models",
    "queue": "queue",
    "trash": "trash",
    "log": "log {done}",
    "threshold": "threshold {val}",
    "slices": "slices {val}",
    "boxes": "boxes {val}",
    "suspects": "suspects {val}",
    "advice": "advice {val}",
    "seal": "seal {sealed}",
    "intervals": "intervals {val} --resamples 100",
    "compare": "compare {val} {other} --resamples 100",
    "inspect": "inspect {source}",
    "repair, only said": "repair {broken} --dry-run",
}
CHANGES = {
    "import": "import {source} --name more",
    "note": "note {done} text",
    "tag": "tag {done} +good",
    "rename": "rename {done} better",
    "archive": "archive {done}",
    "unarchive": "unarchive {done}",
    "train": "train {dataset} --weights random",
    "train seeds": "train {dataset} --weights random --seeds 1,2",
    "preflight": "preflight {dataset} --weights random",
    "resume": "resume {broken}",
    "repair": "repair {broken}",
    "extend": "extend {done} --iterations 5",
    "evaluate": "evaluate {done} --split val",
    "threshold": "threshold {val} --store",
    "suspects": "suspects {val} --score 0.1 --accept {suspect}",
    "open a seal": "seal {sealed} --open",
    "queue": "queue --move {waits} --to 1",
    "model-add": "model-add --config {config} --weights {weights} --name mine",
    "report": "report {val} --out {inside}/report.html",
    "demo": "demo {inside}/demo --images 2",
}


@dataclass
class World:
    """A disk with a workspace that holds one item of each kind."""

    disk: StuckDisk
    settings: Settings
    names: dict[str, str]
    holder: subprocess.Popen[bytes]  # of the waiting run's lock

    def commands(self, *texts: str) -> list[tuple[str, ...]]:
        start = ("--workspace", str(self.settings.workspace))
        return [(*start, *(word.format(**self.names) for word in text.split()), "--json") for text in texts]

    def fall_behind(self, state: str) -> None:
        """Make the index outdated or missing, so that reading wants to write it."""
        layout = Layout(self.settings.workspace)
        if state == FULL:
            os.utime(layout.description("run", self.names["done"]), (time.time(), time.time()))
        else:
            layout.registry.unlink(missing_ok=True)

    def files(self) -> dict[str, bytes]:
        """Everything in the workspace but the index and kernel locks, with its content."""
        root = self.settings.workspace
        found = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
        # Error bars are stored if there is space.
        kept = ("registry.sqlite", "bootstrap-100-0.npz", "intervals-100-0.json")
        return {str(path.relative_to(root)): path.read_bytes() for path in found if path.name not in kept}


def make_world(folder: Path, outside: Path, kind: str) -> World:
    disk = StuckDisk(folder, kind)
    settings = Settings(workspace=folder / "workspace")
    dataset = DatasetMaker(train=4, val=2, test=2, size=48).make(settings)
    done = RunMaker(name="done", iterations=40, dataset=dataset, classes=("red", "blue")).make(settings)
    broken = RunMaker(name="broken", iterations=40, phase=Phase.FAILED, dataset=dataset, iteration=0).make(settings)
    waits = RunMaker(name="waits", iterations=40, phase=Phase.QUEUED, dataset=dataset).make(settings)
    layout = Layout(settings.workspace)
    # By a process outside of the disk: it holds the lock until it is killed.
    lock = layout.folder("run", waits) / "worker.lock"
    release(lock)
    hold = (
        "import sys; from pathlib import Path; from core.training.launch.liveness import hold; hold(Path(sys.argv[1]));"
    )
    where = disk.behind / lock.relative_to(folder)
    command = [sys.executable, "-c", f"{hold} print(flush=True); sys.stdin.read()", str(where)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert holder.stdout is not None
    holder.stdout.readline()
    ticket = Ticket(key=waits, lock=str(layout.folder("run", waits) / "worker.lock"), enqueued=1.0)
    write_json(layout.slots / "waiting" / f"{waits}.json", asdict(ticket))
    # A ticket whose worker is gone: reading wants to remove it.
    write_json(layout.slots / "waiting" / "r-gone22.json", asdict(replace(ticket, key="r-gone22", lock="none")))
    maker = EvaluationMaker(dataset=dataset, run=done, sure=True, missed=0.0, mixed_up=0.6)
    val, other = maker.make(settings), replace(maker, name="other", strays=0.2).make(settings)
    sealed = replace(maker, split="test", name="sealed").make(settings)
    stored_custom_model(settings, "brought", ("red", "blue"))
    source = outside / "source"
    (source / "images").mkdir(parents=True)
    for path in sorted(layout.version(dataset, "v1").joinpath("images").iterdir()):
        (source / "images" / path.name).write_bytes(path.read_bytes())
        (source / "images" / f"{path.stem}.txt").write_text("0 0.5 0.5 0.4 0.4\n")
    (source / "images" / "classes.txt").write_text("thing\n")
    config, weights = outside / "config.yaml", outside / "weights.pth"
    config.write_text("VERSION: 2\n")
    weights.write_bytes(b"x" * 3_000_000)
    keys = {"done": done, "broken": broken, "waits": waits, "val": val, "other": other, "sealed": sealed}
    paths = {"source": str(source), "config": str(config), "weights": str(weights), "inside": str(folder)}
    made = World(disk, settings, {**keys, **paths, "dataset": dataset}, holder)
    [(_, out, _)] = disk.run(*made.commands("suspects {val} --score 0.1"))
    made.names["suspect"] = str(json.loads(out)["suspects"][0]["id"])
    return made


@pytest.fixture(scope="module", params=kinds())
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("outside"), request.param)
    yield made
    made.holder.kill()
    made.holder.wait()
    made.disk.close()


@pytest.fixture(scope="module", params=STATES)
def answers(request: pytest.FixtureRequest, world: World) -> tuple[str, dict[str, Any], set[str]]:
    """State, the answer of each verb in it, and which files of the workspace were another afterwards."""
    before = world.files()
    everything = {**{f"look: {name}": text for name, text in LOOKS.items()}, **CHANGES}
    if (gone := world.settings.workspace / "slots/waiting/r-gone22.json").is_file():
        # Reading may remove a dead worker's ticket, so it is not compared.
        before.pop(str(gone.relative_to(world.settings.workspace)))
    world.fall_behind(request.param)
    with world.disk.stuck(request.param):
        given = world.disk.run(*world.commands(*everything.values()))
    after = world.files()
    after.pop("slots/waiting/r-gone22.json", None)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return request.param, dict(zip(everything, given, strict=True)), changed


@pytest.mark.parametrize("verb", LOOKS)
def test_looking_works_on_a_disk_that_cannot_be_written(answers: Any, verb: str) -> None:
    _, given, _ = answers
    code, out, err = given[f"look: {verb}"]
    assert (code, "Traceback" in err) == (0, False), out + err
    assert json.loads(out) is not None


@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_says_why_the_disk_cannot_be_written(answers: Any, verb: str) -> None:
    state, given, _ = answers
    code, out, err = given[verb]
    assert (code, "Traceback" in err) == (2, False), out + err
    error = json.loads(out)["error"]
    assert SAID[state] in error["message"]
    assert error["remedy"]


def test_nothing_is_changed_on_a_disk_that_cannot_be_written(answers: Any) -> None:
    _, _, changed = answers
    assert changed == set()


def test_how_much_is_needed_is_said_where_it_is_known(answers: Any) -> None:
    state, given, _ = answers
    if state == FULL:
        assert "needed" in json.loads(given["import"][1])["error"]["message"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("page", ["overview", "datasets", "dataset", "train", "runs", "run", "evaluate"])
def test_every_page_works_on_a_disk_that_cannot_be_written(
    world: World, state: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace(monkeypatch, world.settings.workspace)
    asked = {"dataset": {"dataset": world.names["dataset"]}, "run": {"run": world.names["done"]}}
    asked["evaluate"] = {"evaluation": world.names["val"]}
    world.fall_behind(state)
    with world.disk.stuck(state):
        app = open_page(page, **asked.get(page, {}))
    assert not app.exception, [one.message for one in app.exception]
    assert not app.error, texts(app)


def test_an_upload_that_finds_no_room_says_so(world: World) -> None:
    with world.disk.stuck(FULL), pytest.raises(StorageError, match="disk is full"):
        datasets.open_upload(world.settings, actor=ADA)


@pytest.mark.parametrize("kind", kinds())
def test_deleting_works_on_a_full_disk_and_makes_room(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = StuckDisk(tmp_path, kind)
    try:
        settings = workspace(monkeypatch, tmp_path / "workspace")
        gone, stays = (RunMaker(name=name, iterations=40).make(settings) for name in ("gone", "stays"))
        start = ("--workspace", str(settings.workspace))
        with disk.stuck(FULL):
            verbs = [("delete", gone), ("runs",), ("trash",), ("restore", gone), ("delete", gone), ("run", stays)]
            answers = disk.run(*[(*start, *verb, "--json") for verb in verbs])
            assert [code for code, _, _ in answers] == [0] * len(verbs), answers
            assert [run["run"] for run in json.loads(answers[1][1])] == [stays]
            assert [run["run"] for run in json.loads(answers[2][1])] == [gone]
            for page in ("overview", "runs"):
                assert not open_page(page).exception
            [(code, out, _)] = disk.run((*start, "trash", "--purge", gone, "--json"))
        assert (code, json.loads(out)) == (0, [])
        assert not [path for path in settings.workspace.rglob("*") if gone in path.name]
    finally:
        disk.close()


@pytest.mark.parametrize("kind", kinds())
def test_evaluating_a_run_that_failed_on_a_full_disk_says_that(kind: str, tmp_path: Path) -> None:
    disk = StuckDisk(tmp_path, kind)
    try:
        settings = Settings(workspace=tmp_path / "workspace")
        run = RunMaker(iterations=40, iteration=0, phase=Phase.RUNNING).make(settings)
        folder = runs.run_folder(settings, run)
        folder.log.write_text("OSError: [Errno 28] No space left on device\n")
        release(folder.lock)
        with disk.stuck(FULL):
            [(code, out, _)] = disk.run(("--workspace", str(settings.workspace), "evaluate", run, "--json"))
        error = json.loads(out)["error"]
        assert code == 2
        assert "no checkpoint yet" not in error["message"]
        assert "disk is full" in error["message"]
        assert "Free some disk space" in error["remedy"]
    finally:
        disk.close()
