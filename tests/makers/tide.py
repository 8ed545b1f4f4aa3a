"""tidecv, the referee of the causes of lost AP.

It draws its own plots with OpenCV, which cannot be imported without a graphics library of the system. Nothing plots here.
"""

import sys
from unittest.mock import MagicMock

sys.modules.setdefault("cv2", MagicMock(name="cv2"))

import tidecv  # noqa: E402  only now

__all__ = ["tidecv"]
