"""The worker's name for core.training.process.attending, which drivers without torch use too."""

from core.training.process.attending import TAKEN, attend, end_with_reason, take

__all__ = ["TAKEN", "attend", "end_with_reason", "take"]
