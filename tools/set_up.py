"""Make or update `.venv`: what the app needs, or (`dev`) what tests and linters need on top, or (`ray`) Ray on top.

    python3.11 tools/set_up.py [app|dev|ray]

Nothing is installed again while the requirements, the Detectron2 choice and the Python are the same: a stamp in
`.venv` holds a hash of them. The environment variable DETECTRON2 names another source for Detectron2 (a git+https URL
at a commit, or a path); it is remembered, and DETECTRON2=default goes back. Standard library only.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from pip_quietly import PipError, run_pip

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMPS = {layer: VENV / f".detdesk-{layer}.json" for layer in ("app", "dev", "ray")}
APP_INPUTS = ("requirements.txt", "tools/install_detectron2.py")
# The layers on top of it.
LAYERS = {
    "dev": ("requirements-dev.txt", "what tests and linters need"),
    "ray": ("requirements-ray.txt", "Ray, for the cluster tests"),
}


def main() -> int:
    layer = sys.argv[1] if len(sys.argv) > 1 else "app"
    if layer not in STAMPS:
        print(f"Unknown layer {layer!r}; expected app, dev or ray.", file=sys.stderr)
        return 2
    detectron2 = _detectron2_source()
    app = _hash(*APP_INPUTS, extra=detectron2)
    started = time.monotonic()
    try:
        _ensure_venv()
        installed = _install_app(app, detectron2)
        if layer != "app":
            installed = _install_layer(layer, _hash(*APP_INPUTS, LAYERS[layer][0], extra=detectron2)) or installed
    except (PipError, SetUpError) as error:
        print(f"Set-up failed: {error}", file=sys.stderr)
        return 1
    if installed:
        print(f"Set-up done in {_duration(time.monotonic() - started)}.", flush=True)
    return 0


class SetUpError(Exception):
    """The environment could not be made; the message says why and what to do."""


def _detectron2_source() -> str:
    """The source asked for, else the one chosen last time; empty for the pinned default."""
    asked = os.environ.get("DETECTRON2", "").strip()
    if asked:
        return "" if asked == "default" else asked
    return str(_read_stamp("app").get("detectron2", ""))


def _hash(*files: str, extra: str) -> str:
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


def _write_stamp(layer: str, wanted: str, detectron2: str = "") -> None:
    STAMPS[layer].write_text(json.dumps({"hash": wanted, "detectron2": detectron2}), encoding="utf-8")


def _ensure_venv() -> None:
    # An interrupted first set-up leaves a folder without pip; a Python that was removed leaves a dead link.
    if VENV_PYTHON.exists() and (STAMPS["app"].exists() or _succeeds([str(VENV_PYTHON), "-m", "pip", "--version"])):
        return
    print(f"Making the virtual environment .venv with Python {sys.version.split()[0]}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        sys.stderr.write(made.stdout + made.stderr)
        raise SetUpError("Python could not make a virtual environment. On Debian and Ubuntu, install python3.11-venv.")


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _install_app(wanted: str, detectron2: str) -> bool:
    if _read_stamp("app").get("hash") == wanted:
        return False
    print(
        "Installing what the app needs (requirements.txt; PyTorch is large, this takes minutes the first time)",
        flush=True,
    )
    for stamp in STAMPS.values():
        stamp.unlink(missing_ok=True)
    run_pip(["install", "--requirement", str(ROOT / "requirements.txt")], python=str(VENV_PYTHON))
    print("Installing Detectron2", flush=True)
    command = [str(VENV_PYTHON), str(ROOT / "tools" / "install_detectron2.py")]
    if detectron2:
        command += ["--source", detectron2]
    if subprocess.run(command, check=False).returncode != 0:
        raise SetUpError("Detectron2 could not be installed; the reason is above.")
    _write_stamp("app", wanted, detectron2)
    return True


def _install_layer(layer: str, wanted: str) -> bool:
    if _read_stamp(layer).get("hash") == wanted:
        return False
    requirements, what = LAYERS[layer]
    print(f"Installing {what} ({requirements})", flush=True)
    run_pip(["install", "--requirement", str(ROOT / requirements)], python=str(VENV_PYTHON))
    _write_stamp(layer, wanted)
    return True


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    sys.exit(main())
