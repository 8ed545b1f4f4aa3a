"""The app's settings and limits: one frozen object, read from the environment. Anyone may import this."""

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

# The root of the code, and the working directory of every process that the app starts.
REPOSITORY: Final = Path(__file__).resolve().parents[1]
# Longer than a holiday.
_TRASH_DAYS: Final = 30
# Detectron2's own download host.
ZOO_HOST: Final = "https://dl.fbaipublicfiles.com/detectron2/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on hostile input; sizes in bytes."""

    # Large data sets have some tens of GB. Above that, import a folder on the server.
    upload_bytes: int = 20 * 2**30
    # Unpacked size and number of entries of one archive: stops archive bombs before the disk is full.
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
    """The user's settings."""

    workspace: Path
    database_url: str = ""
    limits: Limits = Limits()
    zoo: str = ZOO_HOST  # base address of the model zoo, with its last slash
    webhook: str = ""  # address that receives the outcome of each run; a secret
    url: str = ""  # address at which people open the app, for links in messages
    names: tuple[Name, ...] = ()  # host names of the app, besides those of this machine
    is_open: bool = False  # whether the server may listen to other machines
    folders: tuple[Path, ...] = ()  # folders of the server that pages may read if other machines can open them
    ray_address: str = ""  # Jobs API of the Ray cluster that trains, without its last slash; "": none
    ray_workspace: str = ""  # the workspace's path on the cluster's machines; "": the same path
    ray_app: str = ""  # the path of this app with its .venv on the cluster's machines; "": the same path
    user: str = ""  # the name of this process's actor (core.actor); "": the user of the operating system
    trash_days: int = _TRASH_DAYS  # days in which a deleted run can be restored; 0: until it is deleted for good

    @property
    def is_shared(self) -> bool:
        """Whether other machines can open the app: directly, or through a proxy under another name."""
        return self.is_open or any(not is_loopback(name.host) for name in self.names)


def load_settings(workspace: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings from the environment; `workspace` goes before `DETDESK_WORKSPACE`, then ./workspace.

    - `DETDESK_DATABASE`: the registry's URL (default: SQLite in the workspace)
    - `DETDESK_MAX_UPLOAD_MIB`: the largest upload
    - `DETDESK_ZOO`: the base address of the model zoo
    - `DETDESK_TRASH_DAYS`: days that deleted runs are kept (0: for ever)
    - `DETDESK_WEBHOOK`: the address that receives the outcome of each run
    - `DETDESK_URL`: the address at which people open the app; `DETDESK_HOSTS`: further host names
    - `DETDESK_OPEN`: 1 lets the server listen to other machines
    - `DETDESK_FOLDERS`: the folders of the server that pages may then read (as in PATH)
    - `DETDESK_USER`: the name that is recorded with changes
    - `RAY_ADDRESS`: the Ray cluster that trains; `DETDESK_RAY_WORKSPACE`, `DETDESK_RAY_APP`: paths on its machines

    Raises AppError for a value that is no number, name or address.
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
    """Makes the workspace's folder if it is missing. Raises AppError if that fails."""
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    except StorageError:
        raise
    except OSError as error:
        raise _no_workspace(folder, error) from error


def _workspace(path: Path) -> Path:
    """The folder as an absolute path. Raises AppError if it is a file, lies below one, or is no path at all."""
    try:
        folder = path.expanduser().resolve()
        above = next(parent for parent in (folder, *folder.parents) if os.path.lexists(parent))
        if not stat.S_ISDIR(above.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, f"{above} is a file")
        with suppress(FileNotFoundError):
            folder.stat()  # raises for a path that cannot be made, and says why
    except (OSError, RuntimeError, ValueError) as error:
        raise _no_workspace(path, error) from error
    return folder


def _no_workspace(folder: Path, error: Exception) -> AppError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return AppError(
        f"The workspace {str(folder)[:500]} cannot be used: {reason}.",
        "Name a folder that exists or can be made, by --workspace or DETDESK_WORKSPACE.",
    )


def _web_address(environment: Mapping[str, str], variable: str, default: str = "") -> str:
    address = environment.get(variable) or default
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if address and (parts.scheme not in ("http", "https") or not parts.hostname):
        # The message does not show the address: a webhook's is a secret, even with a slip in it.
        raise AppError(f"{variable} is no address that begins with http:// or https://.", "Correct it, or remove it.")
    return address


def _names(environment: Mapping[str, str]) -> tuple[Name, ...]:
    hosts = environment.get("DETDESK_HOSTS", "").split(",")
    names = [read_name(text, "DETDESK_HOSTS") for text in hosts if text.strip()]
    if url := _web_address(environment, "DETDESK_URL"):
        parts = urlsplit(url)
        names.append(read_name(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", "DETDESK_URL"))
    return tuple(names)


def _is_on(environment: Mapping[str, str], variable: str) -> bool:
    value = environment.get(variable, "").strip()
    if value not in ("", "0", "1"):
        raise AppError(f"{variable} is {value!r}, not 0 or 1.", "Set it to 1 for yes, or remove it.")
    return value == "1"


def _folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    paths = [text for text in environment.get("DETDESK_FOLDERS", "").split(os.pathsep) if text.strip()]
    for text in paths:
        if not Path(text).expanduser().is_absolute():
            raise AppError(f"DETDESK_FOLDERS holds {text!r}, which is not a whole path.", "Begin it with a slash.")
    return tuple(Path(text).expanduser().resolve() for text in paths)


def _user(environment: Mapping[str, str]) -> str:
    user = environment.get("DETDESK_USER", "").strip()
    if user and not is_name(user):
        raise AppError(
            f"DETDESK_USER is {user[:40]!r}, which is no name.",
            f"Set it to 1 to {LONGEST_NAME} printable characters, or remove it.",
        )
    return user


def _days(environment: Mapping[str, str]) -> int:
    days = environment.get("DETDESK_TRASH_DAYS") or str(_TRASH_DAYS)
    if not (days.isascii() and days.isdecimal()):
        raise AppError(f"DETDESK_TRASH_DAYS is {days!r}, not a whole number of days.", "Set it to e.g. 30.")
    return int(days)


def _ray_address(text: str) -> str:
    """The base address of the cluster's Jobs API. Raises AppError for Ray's other kinds of address."""
    address = text.strip().rstrip("/")
    if address and not re.fullmatch(r"https?://[^/?#@\s]+", address):
        raise AppError(
            # The message does not show the address, which may hold a password.
            "RAY_ADDRESS is not the address of Ray's dashboard, which starts the runs.",
            "Set it to e.g. http://head-node:8265, or unset it to train on this machine.",
        )
    return address
