"""The real driver of a sweep with quick workers: `python -m tests.factories.workers.scored_driver SWEEP_FOLDER`."""

import os
import sys

from core.driver.__main__ import main
from core.training.launch.launcher import LocalLauncher
from tests.factories.workers.scored_worker import scored_launcher


def scored_driver(**environment: str) -> LocalLauncher:
    """Launches this driver instead of the product's; the environment reaches its workers."""
    command = (sys.executable, "-m", "tests.factories.workers.scored_driver")
    return LocalLauncher(command, {**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], scored_launcher(), scored_launcher("evaluate")))
