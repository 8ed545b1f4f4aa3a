"""Exceptions for the user's mistakes. Anyone may import this; it imports nothing.

The user reads an `AppError` as it is: where, what was found, what was expected; then the remedy as a separate sentence.
Any other exception is a bug of ours and keeps its traceback.
"""


class AppError(Exception):
    """A mistake that the user can correct. `message` says where and what, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def as_dict(self) -> dict[str, dict[str, str]]:
        """The error document of the command line contract (docs/cli.md)."""
        return {"error": {"message": self.message, "remedy": self.remedy}}


class UploadError(AppError):
    """A whole upload is refused: it is no archive, is hostile, or holds nothing that is recognised."""


class LabelFileError(AppError):
    """A label file cannot be read at all."""


class NotFoundError(AppError):
    """No data set, run or evaluation has this id or name."""


class SealedError(AppError):
    """The scores of an evaluation on a test split are still sealed."""


class RecipeError(AppError):
    """A recipe asks for something that training cannot do."""


class ConflictError(AppError):
    """The thing is already running, its name is taken, or it has changed meanwhile."""


class StorageError(AppError, OSError):
    """The disk is full or cannot be written: an AppError for people, an OSError (with errno) for code.

    core.storage_errors makes it. `needs` is the number of bytes to be written, 0 if unknown.
    """

    def __init__(
        self, message: str, remedy: str = "", number: int | None = None, path: object = None, needs: int = 0
    ) -> None:
        super().__init__(message, remedy)
        self.errno = number
        self.strerror = message
        self.filename = None if path is None else str(path)
        self.needs = needs

    def __str__(self) -> str:
        """The message, where an OSError would show its number."""
        return self.message


class DamagedFileError(AppError):
    """A file of the workspace exists but cannot be used: cut off, empty, with values of other types, a folder, …

    `file` is its name. `reason` says what is wrong with it, as a part of a sentence.
    """

    def __init__(self, path: str, reason: str, remedy: str) -> None:
        super().__init__(f"{path} is damaged: {reason}.", remedy)
        self.file = path.rpartition("/")[2]
        self.reason = reason
