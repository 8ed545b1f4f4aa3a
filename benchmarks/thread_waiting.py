"""How long OpenMP's threads should spin before they sleep while they wait, on a free and on a busy machine.

    PYTHONPATH=. .venv/bin/python benchmarks/thread_waiting.py WORK FOLDER [--preset thorough] [--turns N …] [--busy]

For each number of turns (libgomp's GOMP_SPINCOUNT; 0: sleep at once) a separate process makes training steps on the
labels of FOLDER, in several alternating rounds. `--busy` keeps one core busy meanwhile. One JSON document: wall and
processor seconds per step, medians over the rounds. Losses do not depend on the number of turns.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from detectron2.utils.events import EventStorage
from steps import make_stepper
from trials import Trials

from core.services.training import TrainRequest
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.worker.model.detectron import use_all_cores

_TURNS: Final = (0, 1_000, 3_000, 10_000)
_ROUNDS: Final = 2
_WARM_UP: Final = 8
_STEPS: Final = 16


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--preset", default="thorough")
    parser.add_argument("--turns", type=int, nargs="+", default=_TURNS)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(_steps(args.work, args.labels.name, args.preset)))
        return
    Trials(args.work, args.work / "thread_waiting.jsonl").dataset(args.labels.name, args.labels)
    took: dict[int, list[dict[str, float]]] = {turns: [] for turns in args.turns}
    with _one_core_at_work() if args.busy else contextlib.nullcontext():
        for _ in range(_ROUNDS):
            for turns in args.turns:
                environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": str(turns)}
                child = subprocess.run(
                    [sys.executable, *sys.argv, "--child"],
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                took[turns].append(json.loads(child.stdout.splitlines()[-1]))
                print(turns, took[turns][-1], file=sys.stderr, flush=True)
    report = {
        turns: {name: round(statistics.median(one[name] for one in each), 3) for name in each[0]}
        for turns, each in took.items()
    }
    print(json.dumps({"busy": args.busy, "turns": report}, indent=2))


def _steps(work: Path, dataset: str, preset: str) -> dict[str, Any]:
    trainer = make_stepper(
        Settings(workspace=work / "workspace"),
        TrainRequest(dataset=dataset, preset=preset, changes=RecipeChanges(seed=1)),
    )
    use_all_cores()
    clock, processor = list[float](), list[float]()
    with EventStorage():
        for _ in range(_WARM_UP + _STEPS):
            began, used = time.perf_counter(), _processor_s()
            trainer.run_step()
            clock.append(time.perf_counter() - began)
            processor.append(_processor_s() - used)
    return {
        "seconds": round(statistics.median(clock[_WARM_UP:]), 4),
        "processor_seconds": round(statistics.median(processor[_WARM_UP:]), 4),
    }


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def _one_core_at_work() -> Iterator[None]:
    """Keeps one core busy with another process for the duration of the block."""
    other = multiprocessing.get_context("spawn").Process(target=_work, daemon=True)
    other.start()
    try:
        yield
    finally:
        other.kill()
        other.join()


def _work() -> None:
    while True:
        sum(range(100_000))


if __name__ == "__main__":
    main()
