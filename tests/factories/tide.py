"""tidecv, the reference for the causes and delta AP.

It draws its plots with OpenCV, which needs a graphics library of the system. Nothing is drawn here.
"""

import sys
from unittest.mock import MagicMock

_IS_MISSING = "cv2" not in sys.modules
if _IS_MISSING:
    sys.modules["cv2"] = MagicMock(name="cv2")

import tidecv  # noqa: E402  only now

if _IS_MISSING:
    # Others ask OpenCV for its version.
    del sys.modules["cv2"]

__all__ = ["tidecv"]
