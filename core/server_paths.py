"""Limits the files and folders of the server that a page may read.

Every visitor of a page can type a path. If only this machine can open the app, its user can read these files anyway. If
other machines can, pages read only below the folders of `DETDESK_FOLDERS`. The command line has no such limit: it runs
with its user's rights.
"""

from pathlib import Path

from core.errors import AppError, NotFoundError
from core.settings import Settings


def find_on_server(settings: Settings, text: str) -> Path:
    """The file or folder that a visitor typed, with links resolved. Raises AppError, also if pages may not read it.

    A path outside the allowed folders gets the same message whether it exists or not.
    """
    path = _resolved(text)
    if has_limits(settings) and not any(path.is_relative_to(folder) for folder in settings.folders):
        raise AppError(f"{text.strip()[:200]} is not in a folder that pages may read.", _remedy(settings))
    if not _exists(path):
        raise NotFoundError(
            f"There is no {text.strip()[:200]} on the server.", "Check the path; it is read by the server itself."
        )
    return path


def has_limits(settings: Settings) -> bool:
    """Whether pages read only the configured folders: folders are configured, or other machines can open the app."""
    return settings.is_shared or bool(settings.folders)


def _resolved(text: str) -> Path:
    try:
        return Path(text.strip()).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        # A zero byte, a name that is too long, links in a circle, no such user.
        raise NotFoundError(f"{text.strip()[:200]!r} is no path.", "Check the path.") from error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # Too long a name, or a folder on the way that this server's user may not enter.
        return False


def _remedy(settings: Settings) -> str:
    if settings.folders:
        return f"Move it below {' or '.join(str(folder) for folder in settings.folders)}."
    return "Upload it as an archive, or ask the server's administrator to name its folder in DETDESK_FOLDERS."
