"""Makes the image pass of an inspection in the background, while its labels are looked at."""

import threading

from core.errors import AppError, UploadError
from core.progress import Progress
from core.services.datasets.imports import inspect_images
from core.services.datasets.inspection import Inspection
from core.settings import Settings

_STOPPED = "The image pass was stopped."


class _StoppedError(Exception):
    """Ends the pass from inside its progress."""


class ImagePass:
    """An image pass in a separate thread. `share` (0 to 1) and `doing` tell how far it is."""

    def __init__(self, settings: Settings, inspection: Inspection, *, after: "ImagePass | None" = None) -> None:
        """Starts the pass. `after` is an earlier one over the same source: it is stopped, and keeps what it read."""
        self.share, self.doing = 0.0, "Reading the images"
        self._settings, self._inspection, self._after = settings, inspection, after
        self._error: AppError | None = None
        self._ended, self._stopped = threading.Event(), threading.Event()
        threading.Thread(target=self._run, name="image-pass", daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether the pass has ended, in whatever way."""
        return self._ended.is_set()

    def ends_within(self, seconds: float) -> bool:
        """Whether the pass ends within this time, for which this waits at most."""
        return self._ended.wait(seconds)

    @property
    def inspection(self) -> Inspection:
        """The inspection: with the images once the pass has ended well, else of the labels alone."""
        return self._inspection

    def stop(self) -> None:
        """Ends the pass soon. What it has read is kept, and the next pass goes on there."""
        self._stopped.set()

    def wait(self, progress: Progress) -> Inspection:
        """The inspection with the images, after the end of the pass. Raises AppError if it failed or was stopped."""
        while not self._ended.wait(0.2):
            progress(self.share, self.doing)
        if self._error is not None:
            raise self._error
        return self._inspection

    def _run(self) -> None:
        try:
            self._wait_for_earlier()
            self._inspection = inspect_images(self._settings, self._inspection, self._note)
        except _StoppedError:
            self._error = UploadError(_STOPPED, "Inspect the source again.")
        except AppError as error:
            self._error = error
        # The thread must end with a reason: the page waits for it.
        except Exception as error:
            self._error = UploadError(f"The images cannot be read: {type(error).__name__}: {error}.", "Inspect again.")
        finally:
            self._ended.set()

    def _wait_for_earlier(self) -> None:
        earlier, self._after = self._after, None
        if earlier is not None:
            earlier.stop()
            earlier._ended.wait()

    def _note(self, share: float, doing: str) -> None:
        if self._stopped.is_set():
            raise _StoppedError
        self.share, self.doing = share, doing
