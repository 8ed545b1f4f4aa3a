"""Trains a queued run beside the bare loop.

python -m gpu_checks.beside_bare_loop FOLDER WARM_UP BLOCK BLOCKS OUT.json
"""

import json
import sys
from pathlib import Path
from typing import Any

from measuring.bare_loop import Alternate, compared, train_beside_bare_loop, waiting_shares

from core.training.metrics.log import read_metrics
from core.training.run.folder import RunFolder


def main(folder: RunFolder, warm_up: int, block: int, blocks: int) -> dict[str, Any]:
    """The comparison with the bare loop, and the run's own peak of memory on a GPU."""
    alternate = train_beside_bare_loop(folder, warm_up, block)
    return {
        **compared(alternate, blocks),
        **waiting_shares(alternate, blocks),
        "peak_gpu_mib": _peak_mib(folder, alternate, warm_up),
    }


def _peak_mib(folder: RunFolder, alternate: Alternate, warm_up: int) -> float | None:
    """The peak of torch's memory before the bare loop's first step, without the bare loop's weights."""
    early = [line for line in read_metrics(folder.metrics)[0] if line["iteration"] <= warm_up]
    peaks = [line["gpu_memory_mib"] for line in early if line.get("gpu_memory_mib") is not None]
    return round(max(peaks) - alternate.bare_weights_mib, 1) if peaks else None


if __name__ == "__main__":
    run, *numbers, out = sys.argv[1:]
    Path(out).write_text(json.dumps(main(RunFolder(Path(run)), *map(int, numbers))))
