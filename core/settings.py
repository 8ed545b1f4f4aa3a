"""Where the workspace is and what the limits are: one frozen object, read once from the environment.

Anyone may import this. Each limit says why it is what it is.
"""

import errno
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from core.actor import LONGEST_NAME, is_name
from core.addresses import Name, is_loopback, read_name
from core.errors import AppError, StorageError
from core.storage_errors import writing

# Where the code lies: what starts a process of this project runs it here.
REPOSITORY: Final = Path(__file__).resolve().parents[1]
# Long enough for somebody to come back from a holiday.
_TRASH_DAYS: Final = 30
# Detectron2's own download host.
ZOO_HOST: Final = "https://dl.fbaipublicfiles.com/detectron2/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on hostile input; sizes in bytes."""

    # A team's largest data sets are some tens of GB; beyond that a folder on the server is the way.
    upload_bytes: int = 20 * 2**30
    # What one archive may unpack to, and how many entries: stops archive bombs before the disk is full.
    unpacked_bytes: int = 60 * 2**30
    unpacked_files: int = 1_000_000
    # Real images compress to no less than about 1/200; a zip bomb reaches 1/1000.
    unpacked_ratio: int = 250
    # A label file of 1,000,000 COCO objects is about 300 MB.
    label_file_bytes: int = 2**30
    # COCO val2017 with 100 detections an image has 500,000; five million take about 600 MB while they are read.
    csv_lines: int = 5_000_000
    # Detectors write about ten; a table wider than this is something else.
    csv_columns: int = 200
    # 200 megapixels decode to 600 MB; larger images want tiling.
    image_pixels: int = 200_000_000
    # The zoo's largest file has 900 MB; a checkpoint with its optimizer three times that.
    weights_bytes: int = 4 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user may set from outside."""

    workspace: Path
    database_url: str = ""
    limits: Limits = Limits()
    zoo: str = ZOO_HOST  # base address of the model zoo, with its last slash
    webhook: str = ""  # address that is told how a run ended; a secret
    url: str = ""  # where people open the app, for links in messages
    names: tuple[Name, ...] = ()  # host names under which the app is opened, besides those of this machine itself
    is_open: bool = False  # whether the server may listen to other machines
    folders: tuple[Path, ...] = ()  # what pages may read of the server's own files, where others can reach them
    ray_address: str = ""  # Jobs API of the Ray cluster that runs are sent to, without its last slash; "": none
    ray_workspace: str = ""  # where the cluster's machines find the workspace; "": under the same path
    ray_app: str = ""  # where they find this app, with its .venv; "": under the same path
    user: str = ""  # who acts through this process (core.actor); "": the user of the operating system
    trash_days: int = _TRASH_DAYS  # how long a deleted run can be restored; 0: until somebody removes it for good

    @property
    def is_shared(self) -> bool:
        """Whether other machines can open the app: directly, or through a proxy under another name."""
        return self.is_open or any(not is_loopback(name.host) for name in self.names)


def load_settings(workspace: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from an explicit folder, else `DETDESK_WORKSPACE`, else ./workspace.

    `DETDESK_DATABASE` is the registry's URL (default: SQLite in the workspace), `DETDESK_MAX_UPLOAD_MIB` the cap of an
    upload, `DETDESK_ZOO` the base address of the model zoo, `DETDESK_TRASH_DAYS` how long deleted runs are kept (0: for
    ever), `DETDESK_WEBHOOK` the address that is told how a run ended, `DETDESK_URL` where people open the app,
    `DETDESK_HOSTS` further host names under which they do, `DETDESK_OPEN` (1) that the server may listen to other
    machines, `DETDESK_FOLDERS` the folders of the server that pages may then read (as in PATH), `DETDESK_USER` who
    changes things.
    `RAY_ADDRESS` sends runs to a Ray cluster, which finds workspace and app under `DETDESK_RAY_WORKSPACE` and
    `DETDESK_RAY_APP`. Raises AppError for a value that is no number, name or address.
    """
    folder = workspace or Path(environment.get("DETDESK_WORKSPACE") or "workspace")
    limits = Limits()
    if cap := environment.get("DETDESK_MAX_UPLOAD_MIB"):
        if not cap.isdecimal() or int(cap) == 0:
            raise AppError(f"DETDESK_MAX_UPLOAD_MIB is {cap!r}, not a whole number of MiB.", "Set it to e.g. 2048.")
        limits = Limits(upload_bytes=int(cap) * 2**20)
    return Settings(
        ray_address=_ray_address(environment.get("RAY_ADDRESS", "")),
        ray_workspace=environment.get("DETDESK_RAY_WORKSPACE", ""),
        ray_app=environment.get("DETDESK_RAY_APP", "").rstrip("/"),
        workspace=_workspace(folder),
        database_url=environment.get("DETDESK_DATABASE", ""),
        limits=limits,
        zoo=_web_address(environment, "DETDESK_ZOO", ZOO_HOST).rstrip("/") + "/",
        webhook=_web_address(environment, "DETDESK_WEBHOOK"),
        url=_web_address(environment, "DETDESK_URL"),
        names=_names(environment),
        is_open=_is_on(environment, "DETDESK_OPEN"),
        folders=_folders(environment),
        user=_user(environment),
        trash_days=_days(environment),
    )


def make_workspace(folder: Path) -> None:
    """Make the workspace's folder where it is missing. Raises AppError where that cannot be done."""
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    except StorageError:
        raise
    except OSError as error:
        raise _no_workspace(folder, error) from error


def _workspace(given: Path) -> Path:
    """The folder as a whole path. Raises AppError where it is a file, lies below one, or is no path at all."""
    try:
        folder = given.expanduser().resolve()
        above = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
        if not stat.S_ISDIR(above.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, f"{above} is a file")
        with suppress(FileNotFoundError):
            folder.stat()  # says what is wrong with a path that nobody can make
    except (OSError, RuntimeError, ValueError) as error:
        raise _no_workspace(given, error) from error
    return folder


def _no_workspace(folder: Path, error: Exception) -> AppError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return AppError(
        f"The workspace {str(folder)[:500]} cannot be used: {reason}.",
        "Name a folder that is there or can be made, by --workspace or DETDESK_WORKSPACE.",
    )


def _web_address(environment: Mapping[str, str], variable: str, default: str = "") -> str:
    given = environment.get(variable) or default
    try:
        parts = urlsplit(given)
    except ValueError:
        parts = urlsplit("")
    if given and (parts.scheme not in ("http", "https") or not parts.hostname):
        # Not the address itself: that of a webhook is a secret, even with a slip in it.
        raise AppError(f"{variable} is no address that begins with http:// or https://.", "Correct it, or remove it.")
    return given


def _names(environment: Mapping[str, str]) -> tuple[Name, ...]:
    given = environment.get("DETDESK_HOSTS", "").split(",")
    names = [read_name(text, "DETDESK_HOSTS") for text in given if text.strip()]
    if url := _web_address(environment, "DETDESK_URL"):
        parts = urlsplit(url)
        names.append(read_name(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", "DETDESK_URL"))
    return tuple(names)


def _is_on(environment: Mapping[str, str], variable: str) -> bool:
    given = environment.get(variable, "").strip()
    if given not in ("", "0", "1"):
        raise AppError(f"{variable} is {given!r}, not 0 or 1.", "Set it to 1 for yes, or remove it.")
    return given == "1"


def _folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    given = [text for text in environment.get("DETDESK_FOLDERS", "").split(os.pathsep) if text.strip()]
    for text in given:
        if not Path(text).expanduser().is_absolute():
            raise AppError(f"DETDESK_FOLDERS holds {text!r}, which is not a whole path.", "Begin it with a slash.")
    return tuple(Path(text).expanduser().resolve() for text in given)


def _user(environment: Mapping[str, str]) -> str:
    given = environment.get("DETDESK_USER", "").strip()
    if given and not is_name(given):
        raise AppError(
            f"DETDESK_USER is {given[:40]!r}, which is no name.",
            f"Set it to 1 to {LONGEST_NAME} printable characters, or remove it.",
        )
    return given


def _days(environment: Mapping[str, str]) -> int:
    given = environment.get("DETDESK_TRASH_DAYS") or str(_TRASH_DAYS)
    if not (given.isascii() and given.isdecimal()):
        raise AppError(f"DETDESK_TRASH_DAYS is {given!r}, not a whole number of days.", "Set it to e.g. 30.")
    return int(given)


def _ray_address(text: str) -> str:
    """The base address of the cluster's Jobs API. Raises AppError for Ray's other kinds of address."""
    address = text.strip().rstrip("/")
    if address and not re.fullmatch(r"https?://[^/?#@\s]+", address):
        raise AppError(
            # Not the address itself, which may hold a password.
            "RAY_ADDRESS is not the address of Ray's dashboard, over which runs are sent.",
            "Set it to e.g. http://head-node:8265, or unset it to train on this machine.",
        )
    return address
