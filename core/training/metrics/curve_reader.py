"""Reads the curves of a run repeatedly. Each read costs only what is new."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.training.launch.liveness import sign_of_life
from core.training.metrics.curve_file import CurveSet, curves_of_log, load_curves, save_curves
from core.training.metrics.curves import Curve
from core.training.metrics.log import read_metrics
from core.training.run.folder import RunFolder

_Signature = tuple[int, int, int]


@dataclass(slots=True)
class CurveReader:
    """Reads the worker's curve file and the newer part of its log. Not thread-safe."""

    folder: RunFolder
    _curves: CurveSet = field(default_factory=CurveSet)
    _read: _Signature | None = None  # of the file that `_curves` comes from

    def curves(self) -> Mapping[str, Curve]:
        """Every metric up to now."""
        signature = _signature(self.folder.curves)
        log_bytes = _size(self.folder.metrics)
        if (signature and signature != self._read) or log_bytes < self._curves.offset:
            self._curves, self._read = load_curves(self.folder.curves) or CurveSet(), signature
        if not self._curves.offset or log_bytes < self._curves.offset:
            self._curves = self._made_from_log()
        records, offset = read_metrics(self.folder.metrics, self._curves.offset)
        if not self._curves.take(records, offset):
            self._curves = curves_of_log(self.folder.metrics)
        return self._curves.curves()

    def _made_from_log(self) -> CurveSet:
        """The curves of a run without the file: one from an earlier version, or one that just began."""
        made = curves_of_log(self.folder.metrics)
        in_the_way = self.folder.curves.is_dir()
        # A living worker writes the file itself.
        if made.metrics and not in_the_way and not sign_of_life(self.folder.lock).held:
            with suppress(OSError):  # reading must work on a full disk
                save_curves(self.folder.curves, made)
            self._read = _signature(self.folder.curves)
        return made


def _signature(path: Path) -> _Signature | None:
    """Time, size and inode of a file, which change with each write; None if it is missing."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
