"""Installs torch and torchvision from a package index of the user's choice, and from no other.

`make setup TORCH_INDEX=URL` calls it through tools/set_up.py. Standard library only.
"""

import ast
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from pip_quietly import run_pip

PACKAGES = ("torch", "torchvision")
# Holds the index of the installed torch, which pip does not record.
MARKER = ".detdesk-torch-index"
# Settings of other package sources, which are ignored: only the chosen index is used.
OTHER_SOURCES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONSTRAINT")
# Settings of the connection to an index, which are kept.
CONNECTION = (
    "cache-dir",
    "cert",
    "client-cert",
    "default-timeout",
    "keyring-provider",
    "proxy",
    "retries",
    "timeout",
    "trusted-host",
)


class TorchIndexError(Exception):
    """TORCH_INDEX cannot be used; the message says why and what to do."""


def check_index(index: str) -> None:
    """Raises TorchIndexError unless the index is empty, an http(s) URL or a file URL."""
    # The message does not show the value: it may hold a password.
    if index and not re.match(r"(https?://[^/]|file:///)", index):
        raise TorchIndexError(
            "TORCH_INDEX is not a URL. Give the http(s) or file URL of a package index, or TORCH_INDEX=default."
        )


def install_torch(requirements: Path, index: str, python: Path) -> None:
    """Installs the pinned torch and torchvision from `index` into the environment of `python`.

    An empty index means pip's configuration; then nothing is done unless the last installation used another index.
    Raises PipError.
    """
    marker = python.parent.parent / MARKER
    before = marker.read_text(encoding="utf-8") if marker.exists() else ""
    if not index and not before:
        return
    # pip takes the same version from another index as installed.
    again = ["--force-reinstall"] if index != before else []
    source = ["--index-url", index] if index else []
    print(f"Installing torch and torchvision from {_without_password(index)}", flush=True)
    # An interrupted installation may leave the old or the new build.
    marker.write_text("unknown", encoding="utf-8")
    run_pip(
        ["install", "--no-deps", *again, *source, *_pins(requirements)],
        python=str(python),
        environment=_environment(python) if index else None,
    )
    if index:
        marker.write_text(index, encoding="utf-8")
    else:
        marker.unlink()
    if index and any(python.parent.parent.glob("lib/python*/site-packages/nvidia")):
        print("  The CUDA libraries of the earlier build stay in .venv. 'make clean' removes it all.", flush=True)


def _pins(requirements: Path) -> list[str]:
    lines = [line.split("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines()]
    pins = [line for line in lines if re.split(r"[^\w.-]", line)[0] in PACKAGES]
    if len(pins) != len(PACKAGES):
        raise TorchIndexError(f"{requirements.name} does not pin {' and '.join(PACKAGES)}. Restore the file from git.")
    return pins


def _environment(python: Path) -> dict[str, str]:
    """The environment in which pip uses only the index of its command line, with the user's connection settings."""
    listed = subprocess.run([str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    matches = re.findall(r"^(?:global|install)\.([\w-]+)=('.*'|\".*\")$", listed.stdout, flags=re.MULTILINE)
    kept = {
        f"PIP_{name.upper().replace('-', '_')}": ast.literal_eval(value)
        for name, value in matches
        if name in CONNECTION
    }
    own = {name: value for name, value in os.environ.items() if name not in OTHER_SOURCES}
    return {**kept, **own, "PIP_CONFIG_FILE": os.devnull}


def _without_password(index: str) -> str:
    """The index without user name and password."""
    if not index:
        return "pip's own index"
    parts = urlsplit(index)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
