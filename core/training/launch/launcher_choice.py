"""Chooses where workers start: on this machine, or on the cluster of the settings."""

import sys

from core.settings import Settings
from core.training.launch.launcher import Launcher, LocalLauncher
from core.training.launch.ray_launcher import RayLauncher


def launcher_for(settings: Settings, verb: str = "train") -> Launcher:
    """The launcher of the settings for a verb of core.worker."""
    if settings.ray_address:
        return RayLauncher(settings, verb)
    return LocalLauncher((sys.executable, "-m", "core.worker", verb))
