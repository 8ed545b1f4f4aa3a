"""The user's mistakes, as exceptions. Anyone may import this; it imports nothing.

An `AppError` is shown to the user as it is: where, what was found, what was expected; then the remedy,
a sentence of its own. Any other exception is a bug of ours and keeps its traceback.
"""


class AppError(Exception):
    """A mistake that the user can mend. `message` says where and what, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def as_dict(self) -> dict[str, dict[str, str]]:
        """The error document of the command line contract (docs/cli.md)."""
        return {"error": {"message": self.message, "remedy": self.remedy}}


class UploadError(AppError):
    """An upload is refused as a whole: no archive, hostile, or nothing in it is recognised."""


class LabelFileError(AppError):
    """A label file cannot be read at all."""


class NotFoundError(AppError):
    """No data set, run or evaluation has this id or name."""


class SealedError(AppError):
    """The scores of an evaluation on a test split, which nobody has opened yet."""


class RecipeError(AppError):
    """A recipe asks for something that training cannot do."""


class ConflictError(AppError):
    """Somebody else did it first: the thing is already running, taken, or changed meanwhile."""


class StorageError(AppError, OSError):
    """The disk is full, or cannot be written: an AppError for people, an OSError (with errno) for code.

    Made by core.storage_errors. `needs` is how many bytes were wanted, 0 where that is not known.
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
    """A file of the workspace is there but does not hold what it should: cut, empty, of other types, a folder, …

    `file` is its name, `reason` what is wrong with it as a part of a sentence.
    """

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        super().__init__(f"{place} is damaged: {reason}.", remedy)
        self.file = place.rpartition("/")[2]
        self.reason = reason
