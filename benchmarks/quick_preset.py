"""The time of the quick preset from start to end, and the AP of its model: one JSON document.

    .venv/bin/python benchmarks/quick_preset.py [FOLDER_WITH_LABELS]

Without a folder it makes and uses the demo data. It trains through the command line, as a user would, and evaluates the
best checkpoint on the validation split.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Path(temporary) / "workspace"
        folder = args.folder
        if folder is None:
            folder = Path(temporary) / "demo"
            _core(workspace, "demo", str(folder))
        imported = _core(workspace, "import", str(folder), "--name", "data")
        before = time.monotonic()
        run = _core(workspace, "train", "data", "--preset", "quick", "--wait")
        seconds = time.monotonic() - before
        result = _core(workspace, "evaluate", run["run"], "--split", "val")
    report = {
        "pictures": imported["splits"],
        "iterations": run["iteration"],
        "seconds_start_to_end": round(seconds, 1),
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1),
        **{name: round(result[name], 4) for name in ("ap", "ap50", "ap75")},
        "per_class_ap50": {row["name"]: round(row["ap50"], 4) for row in result["per_class"]},
    }
    print(json.dumps(report, indent=2))


def _core(workspace: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "core", "--workspace", str(workspace), *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
