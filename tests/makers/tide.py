"""tidecv, the referee of the causes of lost AP.

It draws its plots with OpenCV, which needs a graphics library of the system. Nothing is drawn here.
"""

import sys
from unittest.mock import MagicMock

sys.modules.setdefault("cv2", MagicMock(name="cv2"))

import tidecv  # noqa: E402  only now

__all__ = ["tidecv"]
