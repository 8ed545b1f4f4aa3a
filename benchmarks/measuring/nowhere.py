"""A launcher for a run that the measuring process trains."""

from core.training.launch.launcher import LocalLauncher
from core.training.run.folder import RunFolder


class Nowhere(LocalLauncher):
    """Starts no process, because the measuring one does the work."""

    def spawn(self, folder: RunFolder) -> None:
        """Leaves the run queued."""
