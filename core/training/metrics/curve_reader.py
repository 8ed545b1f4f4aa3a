"""The curves of a run for those who look at them again and again: each look costs what is new. Light; no torch."""

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
    """Reads what the worker keeps, and what its log has beyond that. Not safe for two threads at once."""

    folder: RunFolder
    _known: CurveSet = field(default_factory=CurveSet)
    _read: _Signature | None = None  # of the file that `_known` comes from

    def curves(self) -> Mapping[str, Curve]:
        """Every metric as it stands now."""
        signature = _signature(self.folder.curves)
        log_bytes = _size(self.folder.metrics)
        if (signature and signature != self._read) or log_bytes < self._known.offset:
            self._known, self._read = load_curves(self.folder.curves) or CurveSet(), signature
        if not self._known.offset or log_bytes < self._known.offset:
            self._known = self._made_from_log()
        records, offset = read_metrics(self.folder.metrics, self._known.offset)
        if not self._known.take(records, offset):
            self._known = curves_of_log(self.folder.metrics)
        return self._known.curves()

    def _made_from_log(self) -> CurveSet:
        """For a run without the file: one from an earlier version, or one that has just begun."""
        made = curves_of_log(self.folder.metrics)
        in_the_way = self.folder.curves.is_dir()
        # A living worker writes its own.
        if made.metrics and not in_the_way and not sign_of_life(self.folder.lock).held:
            with suppress(OSError):  # a full disk keeps nobody from looking
                save_curves(self.folder.curves, made)
            self._read = _signature(self.folder.curves)
        return made


def _signature(path: Path) -> _Signature | None:
    """What tells one writing of a file from the next; None where there is none."""
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
