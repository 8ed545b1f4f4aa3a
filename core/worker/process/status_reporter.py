"""The worker's name for core.training.process.status_reporter, which drivers without torch use too."""

from core.training.process.status_reporter import Reporter, SilentReporter, StopSwitch

__all__ = ["Reporter", "SilentReporter", "StopSwitch"]
