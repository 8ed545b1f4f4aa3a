"""Prints the path of a Chromium-like browser for the browser tests; installs one if none is found.

Order: the environment variable DETDESK_BROWSER; a browser on PATH or in the usual folders of macOS; on Debian and
Ubuntu as root, the system's `chromium`; Playwright's download. Otherwise it prints what to install, and exits with 1,
because browser tests are never skipped. The path is the only line on standard output.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
)
ON_MACOS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
APPLICATION_FOLDERS = (Path("/Applications"), Path.home() / "Applications")


def main() -> int:
    """Prints the browser's path; the exit code."""
    asked = os.environ.get("DETDESK_BROWSER", "")
    if asked and not _answers(Path(asked)):
        print(f"DETDESK_BROWSER names {asked}, which does not start. Correct it, or leave it unset.", file=sys.stderr)
        return 1
    path = Path(asked) if asked else find_browser()
    if path is None:
        print(
            "No browser for the browser tests, and none could be installed. Install Chromium, Google Chrome or "
            "Microsoft Edge, or name one in DETDESK_BROWSER.",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


def find_browser() -> Path | None:
    """The browser to use, installed if needed; None if none can be installed."""
    steps: tuple[Callable[[], Path | None], ...] = (_installed, _playwright_cached, _from_apt, _from_playwright)
    for step in steps:
        path = step()
        if path is not None:
            return path
    return None


def _installed() -> Path | None:
    """The first browser on this machine that starts. A name on PATH may be a stub that asks for a snap package."""
    named = [Path(path) for name in ON_PATH if (path := shutil.which(name))]
    applications = [folder / name for folder in APPLICATION_FOLDERS for name in ON_MACOS]
    return next((path for path in [*named, *applications] if _answers(path)), None)


def _playwright_cached() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if _answers(path) else None


def _from_apt() -> Path | None:
    is_debian = Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None
    if not is_debian or os.geteuid() != 0:
        return None
    _say("installing chromium with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    for command in (["apt-get", "update", "-qq"], install):
        if not _run(command, environment):
            return None
    return _installed()


def _from_playwright() -> Path | None:
    _say("downloading Playwright's own Chromium")
    # With the libraries that it needs, if Playwright may install them.
    with_libraries = ["--with-deps"] if sys.platform == "linux" and os.geteuid() == 0 else []
    if not _run([sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"], dict(os.environ)):
        return None
    return _playwright_cached()


def _answers(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        return subprocess.run([str(path), "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(command: list[str], environment: dict[str, str]) -> bool:
    """Whether the command succeeded; if not, its output is printed."""
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        _say(f"`{' '.join(command)}` ended with exit status {done.returncode}:\n{done.stdout[-4000:]}")
    return done.returncode == 0


def _say(text: str) -> None:
    print(f"Browser: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
