"""Checks training, failures and AP on a GPU, through the product's real line; one JSON document per part.

    python tools/gpu_check.py --part train|failures|parity [--out FILE] [--wheels FOLDER] [--only CHECK,CHECK]
    .venv/bin/python tools/gpu_check.py --fill FOLDER [--python 3.12] [--without NAME,NAME]

A part takes at most three minutes on one GPU, and its checks come in the order of their worth. The document is written
after each check, so what a machine that is lent for minutes has shown is kept. The exit status is 1 if a check failed
or had no time left. Without a GPU, or with --cpu, the sizes are small and the checks that need a GPU are "not run".

The machine needs Python 3.11 to 3.14; torch 2.9 or newer with the torchvision that belongs to it; numpy, pandas and
pyarrow. It needs no network and no Streamlit. Detectron2 and all other packages come from the folder of --wheels:

  1. Where there is a network, in a set-up clone: `.venv/bin/python tools/gpu_check.py --fill wheels --python 3.12`,
     with the version of the other machine's Python. It takes the versions of this .venv, for Linux on x86-64.
     Detectron2 is packed as pure Python (its compiled operators are not needed: RoIAlign and NMS are torchvision's),
     and so are the packages that have no wheel on the index. These fit every Python, the compiled ones the chosen.
  2. It prints the size with the tree. If that is more than can travel, leave out what the other machine has, for
     example `--without pillow,tensorboard,psutil`.
  3. On the other machine: `python3 tools/gpu_check.py --part train --wheels wheels`. The wheels are unpacked to a
     temporary folder and go before the machine's own packages; nothing is installed.

torchvision is never taken along, because its build must match the machine's torch and CUDA. If it is missing there,
put its wheel for that torch into the folder by hand.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Set in the process that has the wheels on its path.
READY = "GPU_CHECK_READY"


def main() -> int:
    """Runs a part and returns the exit status."""
    args = _arguments()
    if args.fill:
        from gpu_checks.wheels import fill

        return fill(args.fill, args.python, frozenset(args.without.split(",")) - {""})
    if READY in os.environ:
        from gpu_checks.run_part import run_part

        return run_part(args.part, args.out, only=args.only.split(",") if args.only else [], cpu=args.cpu)
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        return _run_again(Path(folder), args.wheels)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    work = parser.add_mutually_exclusive_group(required=True)
    work.add_argument("--part", choices=("train", "failures", "parity"), help="the checks to run")
    work.add_argument("--fill", type=Path, metavar="FOLDER", help="collect the wheels for another machine")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the JSON document; default: gpu_check_PART.json")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="packages that this machine lacks")
    parser.add_argument("--only", default="", metavar="CHECK,CHECK", help="only these checks of the part")
    parser.add_argument("--cpu", action="store_true", help="the CPU form, on a machine with a GPU too")
    parser.add_argument("--python", default="3.12", help="with --fill: the other machine's Python")
    parser.add_argument("--without", default="", metavar="NAME,NAME", help="with --fill: packages to leave out")
    args = parser.parse_args()
    args.out = (args.out or Path(f"gpu_check_{args.part}.json")).resolve()
    return args


def _run_again(folder: Path, wheels: Path | None) -> int:
    """Runs this script once more with the wheels, the tree and nothing of the caller's PYTHONPATH before the rest."""
    import subprocess

    from gpu_checks.wheels import unpack

    if wheels:
        unpack(wheels, folder / "site")
    paths = [*([str(folder / "site")] if wheels else []), str(ROOT), str(ROOT / "tools"), str(ROOT / "benchmarks")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), READY: "1"}
    return subprocess.run([sys.executable, *sys.argv], check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
