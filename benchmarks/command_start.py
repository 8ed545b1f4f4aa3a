"""The start time of commands beyond that of a bare interpreter: JSON with the minimum of each, in seconds.

The three alternate, so that a busy machine slows all of them equally. The minimum of many is the cost of the program.

python benchmarks/command_start.py [REPEATS]
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 15
# Beyond `python -c pass`: what feels immediate, and what is bearable in a script that calls the program often.
LIMITS_S = {"help": 0.3, "datasets": 0.8}


def main() -> None:
    """Runs the measurement and prints its figures."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    with tempfile.TemporaryDirectory() as workspace:
        lines = {
            "pass": ["-c", "pass"],
            "help": ["-m", "core", "--help"],
            "datasets": ["-m", "core", "--workspace", workspace, "datasets", "--json"],
        }
        for line in lines.values():  # byte code and disk cache
            _seconds(line)
        least = {name: float("inf") for name in lines}
        for _ in range(repeats):
            least = {name: min(least[name], _seconds(line)) for name, line in lines.items()}
    beyond = {name: round(least[name] - least["pass"], 3) for name in LIMITS_S}
    report = {
        "repeats": repeats,
        "least_s": {name: round(seconds, 3) for name, seconds in least.items()},
        "beyond_pass_s": beyond,
        "limits_s": LIMITS_S,
        "kept": all(beyond[name] <= limit for name, limit in LIMITS_S.items()),
    }
    print(json.dumps(report))


def _seconds(line: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *line], cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
