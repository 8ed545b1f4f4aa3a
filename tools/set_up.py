"""Makes or updates `.venv` for the app, or also for tests and linters (`dev`), also with Ray (`ray`) or HEIC (`heic`).

    python3 tools/set_up.py [app|dev|heic|ray]

Nothing is installed again while the requirements, the two choices below and the Python stay the same: a stamp in
`.venv` holds a hash of them. Two environment variables choose the source of a package. Both are remembered; the value
`default` restores the usual source:

- DETECTRON2: another source of Detectron2, as a git+https URL at a commit, or a path.
- TORCH_INDEX: the package index for torch and torchvision, as an http(s) or file URL. Builds for the CPU only are a
  tenth of the size.

Standard library only.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pip_quietly import PipError, run_pip
from torch_index import TorchIndexError, check_index, install_torch

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMPS = {layer: VENV / f".detdesk-{layer}.json" for layer in ("app", "dev", "heic", "ray")}
APP_INPUTS = ("requirements.txt", "tools/install_detectron2.py")
# The layers on top of the app: their files, and what they are.
LAYERS = {
    # The tests decode HEIC, too.
    "dev": (("requirements-dev.txt", "requirements-heic.txt"), "what tests and linters need"),
    "heic": (("requirements-heic.txt",), "what reads HEIC images"),
    "ray": (("requirements-ray.txt",), "Ray, for the cluster tests"),
}


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The chosen sources of Detectron2 and torch; "" for the default."""

    detectron2: str = ""
    torch_index: str = ""


def main() -> int:
    """Installs the layer named on the command line; the exit code."""
    layer = sys.argv[1] if len(sys.argv) > 1 else "app"
    if layer not in STAMPS:
        print(f"Unknown layer {layer!r}; expected app, dev, heic or ray.", file=sys.stderr)
        return 2
    started = time.monotonic()
    try:
        sources = _sources()
        _ensure_venv()
        installed = _install_app(_hash(*APP_INPUTS, sources=sources), sources)
        if layer != "app":
            installed = _install_layer(layer, _hash(*APP_INPUTS, *LAYERS[layer][0], sources=sources)) or installed
    except (PipError, SetUpError, TorchIndexError) as error:
        print(f"Set-up failed: {error}", file=sys.stderr)
        return 1
    if installed:
        print(f"Set-up done in {_duration(time.monotonic() - started)}.", flush=True)
    return 0


class SetUpError(Exception):
    """The virtual environment could not be made; the message says why and what to do."""


def _sources() -> Sources:
    """The sources from the environment, else those chosen last time. Raises TorchIndexError for no URL."""
    torch_index = _chosen("TORCH_INDEX", "torch_index")
    check_index(torch_index)
    return Sources(detectron2=_chosen("DETECTRON2", "detectron2"), torch_index=torch_index)


def _chosen(variable: str, key: str) -> str:
    asked = os.environ.get(variable, "").strip()
    if asked:
        return "" if asked == "default" else asked
    return str(_read_stamp("app").get(key, ""))


def _hash(*files: str, sources: Sources) -> str:
    extra = f"{sources.detectron2} {sources.torch_index}".rstrip()
    digest = hashlib.sha256(f"{sys.version_info[:2]} {extra}".encode())
    for name in files:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _read_stamp(layer: str) -> dict[str, str]:
    try:
        stamp = json.loads(STAMPS[layer].read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(layer: str, wanted: str, sources: Sources | None = None) -> None:
    STAMPS[layer].write_text(json.dumps({"hash": wanted, **asdict(sources or Sources())}), encoding="utf-8")


def _ensure_venv() -> None:
    # An interrupted first set-up leaves a folder without pip; a removed Python leaves a dead link.
    if VENV_PYTHON.exists() and (STAMPS["app"].exists() or _succeeds([str(VENV_PYTHON), "-m", "pip", "--version"])):
        return
    print(f"Making the virtual environment .venv with Python {sys.version.split()[0]}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        sys.stderr.write(made.stdout + made.stderr)
        raise SetUpError(f"Python could not make a virtual environment. {_venv_remedy()}")


def _venv_remedy() -> str:
    """What to install, by its name on this system."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if _is_debian() and Path(sys.executable).resolve().is_relative_to("/usr/bin"):
        return f"Install the package python{version}-venv: apt install python{version}-venv"
    return f"Install Python {version} with its modules venv and ensurepip, from python.org or your package manager."


def _is_debian() -> bool:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    return "debian" in f"{release.get('ID', '')} {release.get('ID_LIKE', '')}".split()


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _install_app(wanted: str, sources: Sources) -> bool:
    if _read_stamp("app").get("hash") == wanted:
        return False
    print(
        "Installing what the app needs (requirements.txt; PyTorch is large, this takes minutes the first time)",
        flush=True,
    )
    for stamp in STAMPS.values():
        stamp.unlink(missing_ok=True)
    # Without a hash, because nothing is installed yet; but an interrupted set-up remembers the choices.
    _write_stamp("app", "", sources)
    requirements = ROOT / "requirements.txt"
    install_torch(requirements, sources.torch_index, python=VENV_PYTHON)
    run_pip(["install", "--requirement", str(requirements)], python=str(VENV_PYTHON))
    print("Installing Detectron2", flush=True)
    command = [str(VENV_PYTHON), str(ROOT / "tools" / "install_detectron2.py")]
    if sources.detectron2:
        command += ["--source", sources.detectron2]
    if subprocess.run(command, check=False).returncode != 0:
        hint = " DETECTRON2 is remembered; DETECTRON2=default takes the usual source." if sources.detectron2 else ""
        raise SetUpError(f"Detectron2 could not be installed; the reason is above.{hint}")
    _write_stamp("app", wanted, sources)
    return True


def _install_layer(layer: str, wanted: str) -> bool:
    if _read_stamp(layer).get("hash") == wanted:
        return False
    requirements, what = LAYERS[layer]
    print(f"Installing {what} ({', '.join(requirements)})", flush=True)
    # With the app's file, so that pip keeps its pins.
    files = [
        argument for name in ("requirements.txt", *requirements) for argument in ("--requirement", str(ROOT / name))
    ]
    run_pip(["install", *files], python=str(VENV_PYTHON))
    _write_stamp(layer, wanted)
    return True


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    sys.exit(main())
