"""What averaged weights (EMA) do to validation AP: trainings with and without, several seeds, as one JSON document.

    .venv/bin/python benchmarks/ema.py [FOLDER_WITH_LABELS] [--seeds 3] [--ema 0.998] [--iterations N] [--images N]

Without a folder the demo data is made and used. Each training goes through the command line, as a user would start it,
one after the other; the quick preset's length unless --iterations says otherwise. Best and last AP are those of the run
itself: on the validation split, of the weights that it would be used with.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--images", type=int, default=200, help="of the demo data")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        workspace, folder = Path(temporary) / "workspace", given.folder
        if folder is None:
            folder = Path(temporary) / "demo"
            _core(workspace, "demo", str(folder), "--images", str(given.images))
        imported = _core(workspace, "import", str(folder), "--name", "data")
        length = ["--iterations", str(given.iterations)] if given.iterations else []
        began = time.monotonic()
        # In turns, so that a slower hour of the machine falls on both.
        pairs = [
            [_trained(workspace, seed, share, length) for share in (0.0, given.ema)]
            for seed in range(1, given.seeds + 1)
        ]
    report = {
        "pictures": imported["splits"],
        "ema": given.ema,
        "seconds": round(time.monotonic() - began),
        "cores": os.cpu_count(),
        "without": [plain for plain, _ in pairs],
        "with": [averaged for _, averaged in pairs],
        "difference": {name: _difference(pairs, name) for name in ("best_ap", "best_ap50", "last_ap", "last_ap50")},
    }
    print(json.dumps(report, indent=2))


def _trained(workspace: Path, seed: int, share: float, length: list[str]) -> dict[str, float | None]:
    options = ["--preset", "quick", "--seed", str(seed), "--ema", str(share), "--wait", *length]
    run = _core(workspace, "train", "data", *options)
    best, last = run["best"] or {}, run["metrics"]
    return {
        "seed": seed,
        "iterations": run["iteration"],
        **{f"best_{name}": best.get(name) for name in ("ap", "ap50")},
        **{f"last_{name}": last.get(name) for name in ("ap", "ap50")},
    }


def _difference(pairs: list[list[dict[str, float | None]]], name: str) -> dict[str, Any]:
    """With minus without, seed by seed; mean and standard deviation over the seeds that have both."""
    known = [(averaged[name], plain[name]) for plain, averaged in pairs]
    each = [after - before for after, before in known if after is not None and before is not None]
    return {
        "mean": round(statistics.fmean(each), 4) if each else None,
        "deviation": round(statistics.stdev(each), 4) if len(each) > 1 else None,
    }


def _core(workspace: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "core", "--workspace", str(workspace), *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
