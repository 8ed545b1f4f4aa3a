"""Twenty starts at the same moment, each in a separate process, of one run and of twenty."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.training.launch.liveness import observe, probe
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import make_run, trace_of

_STARTS = 20
_STARTER = """
import sys
from pathlib import Path
from core.errors import ConflictError
from core.training.launch.launcher import start
from core.training.run.folder import RunFolder
from tests.factories.workers.tiny_worker import tiny_launcher
print("ready", flush=True)
sys.stdin.readline()
try:
    start(RunFolder(Path(sys.argv[1])), 2, tiny_launcher())
    print("launched")
except ConflictError:
    print("refused")
"""


def _start_at_once(folders: list[RunFolder]) -> list[str]:
    """What each of the starting processes said; all are ready before the first is let go."""
    command = [sys.executable, "-c", _STARTER]
    processes = [
        subprocess.Popen([*command, str(folder.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for folder in folders
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(len(processes)) as pool:
        return list(pool.map(lambda process: process.communicate("go\n")[0].strip(), processes))


def _is_over(folder: RunFolder) -> bool:
    """Whether the run has finished and its worker is gone, which notes its end after it has written the status."""
    return observe(folder.status, folder.lock).phase is Phase.FINISHED and not probe(folder.lock).held


@pytest.mark.process
@pytest.mark.parametrize("runs", [1, _STARTS], ids=["of one run", "of twenty runs"])
def test_twenty_simultaneous_starts_launch_each_run_exactly_once_and_one_at_a_time(tmp_path: Path, runs: int) -> None:
    folders = [make_run(tmp_path, f"r-{index:06}", iterations=2) for index in range(runs)]
    said = _start_at_once(folders * (_STARTS // runs))
    assert (said.count("launched"), said.count("refused")) == (runs, _STARTS - runs)
    eventually(lambda: all(_is_over(folder) for folder in folders), 120, "the end of all workers")
    events = Counter(tuple(line.split()) for line in trace_of(tmp_path))
    wanted = {(event, folder.root.name): 1 for folder in folders for event in ("started", "begins", "ends")}
    assert events == Counter(wanted)
    turns = [line.split() for line in trace_of(tmp_path) if not line.startswith("started")]
    for (begins, begun), (ends, ended) in zip(turns[::2], turns[1::2], strict=True):
        assert (begins, ends, begun) == ("begins", "ends", ended)
