"""Runs pip with readable output: noise is dropped, errors are kept, and the whole log is printed if it fails.

Standard library only: it runs before anything is installed.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

# A configured folder of wheels that lacks one project makes pip warn once per project, hundreds of times in an install.
NOISE = re.compile(
    r"Location '.*' is ignored|^Looking in (links|indexes)|^Requirement already satisfied|^\s*$"
    r"|Running pip as the 'root' user|^\[notice\]"
)
# Lines that show the progress of an install.
PROGRESS = re.compile(r"Collecting|Processing|Building wheel|Installing collected|WARNING|ERROR|DEPRECATION")
# "Collecting numpy==2.4.6 (from -r requirements.txt (line 14))": the origin only makes the line too long.
ORIGIN = re.compile(r" \(from .*\)$")


class PipError(Exception):
    """pip ended with an error, and its output has been printed."""


def run_pip(
    arguments: Sequence[str], python: str = sys.executable, environment: Mapping[str, str] | None = None
) -> None:
    """Runs `python -m pip ARGUMENTS` in `environment`; None: in this process's environment.

    Raises PipError if pip fails, after printing all of pip's lines.
    """
    command = [python, "-m", "pip", *arguments, "--disable-pip-version-check", "--progress-bar", "off"]
    kept: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None  # stdout=PIPE
        for line in process.stdout:
            if NOISE.search(line):
                continue
            kept.append(line)
            if PROGRESS.match(line):
                print(f"    {_shortened(line.strip())}", flush=True)
    if process.returncode != 0:
        sys.stderr.write("".join(kept))
        raise PipError(f"pip {arguments[0]} ended with exit status {process.returncode}; its messages are above.")


def _shortened(line: str) -> str:
    """The line without long, useless parts."""
    if line.startswith("Installing collected packages:"):
        return f"Installing {line.count(',') + 1} packages"
    return ORIGIN.sub("", line)
