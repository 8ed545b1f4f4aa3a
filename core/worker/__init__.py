"""Everything that needs torch and Detectron2. It runs as `python -m core.worker`; no other package imports it.

This file sets what the two libraries need before their import, because it runs before every module of the package.
"""

import os

from PIL import Image

# OpenMP's threads spin for milliseconds while they wait for each other. On a busy machine a training step then takes
# more than twice as long. Sleeping at once costs a little on a free machine. GNU's OpenMP also takes a number of spins:
# a thousand cost next to nothing on either machine (benchmarks/thread_waiting.py).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# Detectron2 0.6 uses PIL.Image.LINEAR in its transforms; Pillow 10 removed the alias.
if not hasattr(Image, "LINEAR"):
    Image.LINEAR = Image.Resampling.BILINEAR  # type: ignore[attr-defined]
