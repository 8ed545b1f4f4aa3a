"""The only room with torch and Detectron2; reached as `python -m core.worker`, imported by nobody.

What release 0.6 of Detectron2 needs to run beside today's libraries is set here, because this file runs before any
module of the room can import it, in whatever order the imports are sorted.
"""

from PIL import Image

# Release 0.6 names PIL.Image.LINEAR in its transforms; Pillow 10 removed the alias.
if not hasattr(Image, "LINEAR"):
    Image.LINEAR = Image.Resampling.BILINEAR  # type: ignore[attr-defined]
