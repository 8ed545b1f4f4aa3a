"""The real worker, which writes down every iteration instead of one a second: `python -m
tests.factories.workers.eager_worker`.

Processes that it spawns import this module again, and so do the same.
"""

import sys

from core.worker.__main__ import main
from core.worker.engine import metrics_hook

metrics_hook._METRICS_INTERVAL_S = 0.0  # type: ignore[misc]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
