"""The time that a new interpreter takes to import the modules of the pages: JSON with the median of five, in seconds.

python benchmarks/import_time.py
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRESH_INTERPRETERS = 5
# Without the heavy imports of the worker. 3 s is the limit for the rest.
LIMIT_S = 3.0
IMPORT_ALL = """
import importlib, json, pkgutil, time
import core.services, core.figures
names = [m.name for p in (core.services, core.figures) for m in pkgutil.walk_packages(p.__path__, p.__name__ + ".")]
started = time.perf_counter()
for name in names:
    importlib.import_module(name)
print(json.dumps({"modules": len(names), "seconds": time.perf_counter() - started}))
"""


def main() -> None:
    """Runs the measurement and prints its figures."""
    runs = [_measure() for _ in range(FRESH_INTERPRETERS)]
    seconds = [run["seconds"] for run in runs]
    report = {
        "modules": int(runs[0]["modules"]),
        "median_s": round(statistics.median(seconds), 3),
        "runs_s": [round(second, 3) for second in seconds],
        "limit_s": LIMIT_S,
    }
    print(json.dumps(report))


def _measure() -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    main()
