"""The only room with torch and Detectron2; reached as `python -m core.worker`, imported by nobody.

What the two need before they are imported is set here, because this file runs before any module of the room, in
whatever order the imports are sorted.
"""

import os

from PIL import Image

# OpenMP's threads spin while they wait for each other, by default for milliseconds: beside other work a training step
# then takes more than twice as long. Asleep at once they cost a little on a free one. A thousand turns, which GNU's
# OpenMP can be told, cost next to nothing on either (benchmarks/thread_waiting.py).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# Release 0.6 names PIL.Image.LINEAR in its transforms; Pillow 10 removed the alias.
if not hasattr(Image, "LINEAR"):
    Image.LINEAR = Image.Resampling.BILINEAR  # type: ignore[attr-defined]
