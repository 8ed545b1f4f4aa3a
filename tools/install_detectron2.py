"""Installs Detectron2 0.6 into the running interpreter, without a compiler and git.

Detectron2 is on no package index under its own name. `pb1-detectron2` is a copy of release 0.6 whose Python files
equal the release's, but its C++ source is missing, so a plain install of it fails in the compile step. This script
downloads that one file (pinned by its sha256), packs its Python files as a wheel, and installs the wheel. Box and mask
R-CNN, Cascade and RetinaNet need nothing else: RoIAlign and NMS come from torchvision. Rotated boxes, Detectron2's own
deformable convolution kernels and its fast COCO evaluation need the compiled operators: use `--source` for those.

    python tools/install_detectron2.py
    python tools/install_detectron2.py --source 'git+https://github.com/facebookresearch/detectron2.git@<commit>'

torch, torchvision and setuptools below 81 must be installed before. Standard library only.
"""

import argparse
import base64
import hashlib
import importlib.metadata
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from pip_quietly import PipError, run_pip

PROJECT = "pb1-detectron2"
VERSION = "0.6"
SDIST_SHA256 = "5d2e9e51e523ec72f6a31cca04b0a515492e9514b773a3d134cedc0677170b29"
DIST_INFO = f"detectron2-{VERSION}.dist-info"
# A file in the installed wheel, by which a second run sees that nothing is to be done.
MARKER = "detdesk-build.txt"
# Raise the number when the content of the wheel changes.
BUILD = f"{SDIST_SHA256} pure-python 1\n"
# The target folders of the sub-projects, as in the release's setup.py.
SUB_PROJECTS = {
    "projects/PointRend/point_rend/": "detectron2/projects/point_rend/",
    "projects/DeepLab/deeplab/": "detectron2/projects/deeplab/",
    "projects/Panoptic-DeepLab/panoptic_deeplab/": "detectron2/projects/panoptic_deeplab/",
}
COMPILED_STUB = '''"""Stands in for Detectron2's compiled operators, which this build leaves out.

Release 0.6 imports this module when it is itself imported, so it must exist; using one of its operators is an error.
"""

COMPILED = False


def get_compiler_version():
    return "none (pure-Python build)"


def get_cuda_version():
    return "none (pure-Python build)"


def has_cuda():
    return False


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        f"This model needs Detectron2's compiled operator {name}, and this build of Detectron2 has none "
        "(rotated boxes, deformable convolution, fast COCO evaluation). Install a compiled one: "
        "make setup DETECTRON2='git+https://github.com/facebookresearch/detectron2.git@<commit>'"
    )
'''


class InstallError(Exception):
    """Detectron2 could not be installed; the message says why and what to do."""


def main() -> int:
    """Installs and checks Detectron2; the exit code."""
    parser = argparse.ArgumentParser(description="Install Detectron2 into this interpreter.")
    parser.add_argument(
        "--source", default="", help="what pip installs instead: a git+https URL at a commit, or a path"
    )
    arguments = parser.parse_args()
    try:
        _require_build_tools()
        if arguments.source:
            _install_source(arguments.source)
        else:
            _install_pinned()
        _verify()
    except (InstallError, PipError) as error:
        print(f"Detectron2 was not installed: {error}", file=sys.stderr)
        return 1
    return 0


def _require_build_tools() -> None:
    for project in ("torch", "torchvision", "setuptools"):
        try:
            version = importlib.metadata.version(project)
        except importlib.metadata.PackageNotFoundError:
            raise InstallError(f"{project} is not installed. Install requirements.txt first.") from None
        # Detectron2 0.6 imports pkg_resources, which setuptools 81 removed.
        if project == "setuptools" and int(version.split(".")[0]) >= 81:
            raise InstallError(
                f"setuptools is {version}; Detectron2 needs one below 81. Install requirements.txt first."
            )


def _install_source(source: str) -> None:
    print(f"  Detectron2: installing {source} (compiles its operators; may take minutes)", flush=True)
    run_pip(["install", "--force-reinstall", "--no-deps", "--no-build-isolation", source])


def _install_pinned() -> None:
    if _installed_build() == BUILD:
        print("  Detectron2: 0.6, pure-Python build, is already installed", flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="detectron2-") as folder:
        print(f"  Detectron2: downloading {PROJECT} {VERSION}", flush=True)
        sdist = download_sdist(Path(folder))
        print("  Detectron2: packing its Python files as a wheel", flush=True)
        wheel = build_wheel(sdist, Path(folder) / f"detectron2-{VERSION}-py3-none-any.whl")
        print("  Detectron2: installing the wheel", flush=True)
        run_pip(["install", "--force-reinstall", "--no-deps", "--no-index", str(wheel)])


def _installed_build() -> str | None:
    try:
        return importlib.metadata.distribution("detectron2").read_text(MARKER)
    except importlib.metadata.PackageNotFoundError:
        return None


def download_sdist(folder: Path) -> Path:
    """Downloads the sdist to `folder`. pip checks its hash before any of its code runs, and so does this function."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PROJECT}=={VERSION} --hash=sha256:{SDIST_SHA256}\n", encoding="utf-8")
    pinned = ["--no-binary", ":all:", "--require-hashes", "--requirement", str(wanted)]
    run_pip(["download", "--no-deps", "--no-build-isolation", "--dest", str(folder), *pinned])
    archives = sorted(folder.glob("*.tar.gz"))
    if len(archives) != 1:
        raise InstallError(f"pip left {len(archives)} files instead of one source archive.")
    sha256 = hashlib.sha256(archives[0].read_bytes()).hexdigest()
    if sha256 != SDIST_SHA256:
        raise InstallError(f"{archives[0].name} has sha256 {sha256}, expected {SDIST_SHA256}. It is not used.")
    return archives[0]


def build_wheel(sdist: Path, wheel: Path) -> Path:
    """Writes `wheel` with every file of the sdist's package, the stub for the compiled module, and the metadata."""
    record: list[str] = []

    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, date_time=(2021, 11, 15, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}")

        with tarfile.open(sdist) as source:
            for member in sorted(source.getmembers(), key=lambda member: member.name):
                name = _name_in_wheel(member.name)
                stream = source.extractfile(member) if name and member.isfile() else None
                if stream is not None:
                    add(name, stream.read())
        add("detectron2/_C.py", COMPILED_STUB.encode())
        add(f"{DIST_INFO}/METADATA", f"Metadata-Version: 2.1\nName: detectron2\nVersion: {VERSION}\n".encode())
        add(f"{DIST_INFO}/WHEEL", b"Wheel-Version: 1.0\nGenerator: detdesk\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        add(f"{DIST_INFO}/top_level.txt", b"detectron2\n")
        add(f"{DIST_INFO}/{MARKER}", BUILD.encode())
        record.append(f"{DIST_INFO}/RECORD,,")
        archive.writestr(f"{DIST_INFO}/RECORD", "\n".join(record) + "\n")
    return wheel


def _name_in_wheel(member: str) -> str:
    """The path in the wheel of a file of the sdist; "" if it is left out."""
    inside = PurePosixPath(*PurePosixPath(member).parts[1:]).as_posix()
    if inside == "LICENSE":
        return f"{DIST_INFO}/LICENSE"
    for folder, package in SUB_PROJECTS.items():
        if inside.startswith(folder):
            return package + inside.removeprefix(folder)
    return inside if inside.startswith("detectron2/") else ""


def _verify() -> None:
    """Imports Detectron2 in a fresh interpreter and finds a file of the model zoo, as training does first."""
    check = (
        # Pillow 10 removed the name; the worker sets the same alias in core/worker/model/detectron.py.
        "from PIL import Image; Image.LINEAR = Image.BILINEAR;"
        "import detectron2, detectron2.model_zoo as zoo;"
        "zoo.get_config_file('COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml');"
        "import detectron2._C as c;"
        "print(f'  Detectron2: {detectron2.__version__} works, compiled operators:', getattr(c, 'COMPILED', True))"
    )
    # pkg_resources warns on every import that it is deprecated; setuptools is pinned for it.
    if subprocess.run([sys.executable, "-W", "ignore", "-c", check], check=False).returncode != 0:
        raise InstallError("it is installed, but importing it fails; the reason is above.")


if __name__ == "__main__":
    sys.exit(main())
