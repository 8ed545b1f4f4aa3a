"""Keeps a run's curves beside its log while it trains."""

import time
from collections.abc import Mapping
from typing import Any, Final

from core.training.metrics.curve_file import curves_of_log, save_curves
from core.training.metrics.curves import Curve
from core.training.run.folder import RunFolder

# Readers take newer points from the log. A longer interval makes them read more, a shorter one wears the disk.
_INTERVAL_S: Final = 15.0


class CurveKeeper:
    """The one writer of a run's curve file while the worker lives."""

    def __init__(self, folder: RunFolder, start: int) -> None:
        """Starts from the log up to iteration `start`: training repeats the rest."""
        self._folder, self._pending = folder, list[dict[str, Any]]()
        self._curves = curves_of_log(folder.metrics, until=start)
        self.save()

    def note(self, record: dict[str, Any]) -> None:
        """Adds a record that was just appended to the log."""
        self._pending.append(record)
        if time.monotonic() - self._saved >= _INTERVAL_S:
            self.save()

    def curves(self) -> Mapping[str, Curve]:
        """Every metric so far. Also brings the file up to date."""
        self.save()
        return self._curves.curves()

    def save(self) -> None:
        """Writes the file with all records so far."""
        log = self._folder.metrics
        self._curves.take(self._pending, log.stat().st_size if log.exists() else 0)
        self._pending = []
        save_curves(self._folder.curves, self._curves)
        self._saved = time.monotonic()
