"""Server time of the pages of runs with 270,000 metric lines each, and the cost of a live update: one JSON document.

    .venv/bin/python benchmarks/run_pages.py [--runs 20] [--lines 270000]

Server time is the wall time of one script run in a new process that has the server's modules loaded, as `server.py`
does before it answers, with filled disk caches and empty memory caches; median of five. A script run is all work of the
server for a page: streamlit_app.py, the frame, the page and the messages for the browser. Processor time stands beside
it, because other programs lengthen wall time. A live update costs as much as reading the curves of a run again after
the worker has written one more line.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.files import append_json_line
from core.services import runs
from core.settings import Settings
from tests.factories.app import pages
from tests.factories.runs import RunMaker
from tests.factories.workers.long_runs import make_long_run

ROOT = Path(__file__).resolve().parent.parent
FRESH_PROCESSES = 5
UPDATES = 200
SHORT_RUN = 1000
LIMIT_S = 0.3
CHARTS = {"runs": 2, "run": 8}


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--lines", type=int, default=270_000)
    parser.add_argument("--measure", nargs=3, metavar=("WORKSPACE", "PAGE", "PARAMETERS"), help="used by the script")
    args = parser.parse_args()
    if args.measure:
        workspace, page, parameters = args.measure
        print(json.dumps(_script_run(workspace, page, json.loads(parameters))))
        return
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(workspace=Path(folder))
        made = [make_long_run(settings, args.lines, maker) for maker in _makers(args.runs)]
        report: dict[str, Any] = {"runs": args.runs, "lines": args.lines, "limit_s": LIMIT_S}
        views: dict[str, tuple[str, dict[str, Any]]] = {
            "runs_all_compared": ("runs", {"compare": made}),
            "runs_none_compared": ("runs", {}),
            "run": ("run", {"run": made[0]}),
        }
        for name, (page, parameters) in views.items():
            report[name] = _server_time(settings.workspace, page, parameters)
        short = make_long_run(settings, SHORT_RUN, RunMaker(name="short", seed=0))
        report["update"] = _updates(settings, made[0], short, args.lines)
    print(json.dumps(report, indent=2))


def _makers(number: int) -> list[RunMaker]:
    return [replace(RunMaker(), name=f"run {seed}", seed=seed) for seed in range(1, number + 1)]


def _server_time(workspace: Path, page: str, parameters: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", str(workspace), page, json.dumps(parameters)]
    # A first process, which does not count, fills the disk cache of compiled modules.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seconds = []
    for _ in range(1 + FRESH_PROCESSES):
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        seconds.append(json.loads(done.stdout))
    del seconds[0]
    walls, processor = zip(*seconds, strict=True)
    return {
        "median_s": round(statistics.median(walls), 3),
        "processor_median_s": round(statistics.median(processor), 3),
        "runs_s": [round(wall, 3) for wall in walls],
    }


def _script_run(workspace: str, page: str, parameters: dict[str, Any]) -> tuple[float, float]:
    """Wall and processor seconds of the first script run of this process, for a page at an address."""
    seconds: list[tuple[float, float]] = []
    run_script = ScriptRunner._run_script

    def timed(runner: ScriptRunner, rerun_data: Any) -> None:
        began, of_processor = time.perf_counter(), time.thread_time()
        run_script(runner, rerun_data)
        seconds.append((time.perf_counter() - began, time.thread_time() - of_processor))

    with pytest.MonkeyPatch.context() as patch:
        pages.workspace(patch, Path(workspace))
        importlib.import_module("server")
        patch.setattr(ScriptRunner, "_run_script", timed)
        app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120)
        app._page_hash = calc_hash(page)  # as the browser requests it; switch_page needs another page before
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
    assert not app.exception, app.exception
    assert len(app.get("plotly_chart")) == CHARTS[page] * bool(parameters), "another page was measured"
    return seconds[0]


def _updates(settings: Settings, long: str, short: str, lines: int) -> dict[str, Any]:
    """Median seconds from the write of a line to the curves with it, alternating between both runs."""
    lengths = {long: lines, short: SHORT_RUN}
    readers = {run: runs.open_curves(settings, run) for run in lengths}
    seconds: dict[str, list[float]] = {run: [] for run in lengths}
    for update in range(UPDATES):
        for run, reader in readers.items():
            log = runs.run_folder(settings, run).metrics
            record = {"iteration": lengths[run] + update + 1, "time": time.time(), "loss/total": 0.5, "lr": 0.01}
            append_json_line(log, record)
            began = time.perf_counter()
            curves = reader.curves()
            seconds[run].append(time.perf_counter() - began)
            assert curves["loss/total"].iterations[-1] == record["iteration"]
    medians = {run: statistics.median(values) for run, values in seconds.items()}
    return {
        "long_ms": round(medians[long] * 1000, 3),
        "short_ms": round(medians[short] * 1000, 3),
        "ratio": round(medians[long] / medians[short], 2),
    }


if __name__ == "__main__":
    main()
