"""Caches the state of a cluster for readers that must not wait: pages ask every second."""

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Final

from core.training.launch.ray_api import ClusterError, JobView, Node, list_jobs, list_nodes

_FRESH_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a cluster. If it cannot be reached, `problem` says why, and the rest is the last known state."""

    jobs: dict[str, JobView] = field(default_factory=dict)
    nodes: tuple[Node, ...] = ()
    problem: str = ""
    taken: float = 0.0  # Unix seconds, of the jobs; 0 for never


class ClusterView:
    """Caches a cluster's answers. Only the first call waits for one; a background thread renews them."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._snapshot: Snapshot | None = None
        self._asked = 0.0
        self._lock = threading.Lock()
        self._renewing = threading.Lock()

    def snapshot(self) -> Snapshot:
        """The last state, at most some seconds old while it is polled."""
        with self._lock:
            if self._snapshot is None:
                return self.renew()
        if time.monotonic() - self._asked > _FRESH_S and self._renewing.acquire(blocking=False):
            threading.Thread(target=self._renew_and_release, name="ray-view", daemon=True).start()
        return self._snapshot

    def renew(self) -> Snapshot:
        """Asks the cluster now and waits for the answer."""
        began, last = time.time(), self._snapshot or Snapshot()
        try:
            jobs, nodes = list_jobs(self._address), list_nodes(self._address)
            self._snapshot = Snapshot(jobs, tuple(nodes), "", began)
        except ClusterError as error:
            self._snapshot = replace(last, problem=error.message)
        self._asked = time.monotonic()
        return self._snapshot

    def _renew_and_release(self) -> None:
        try:
            self.renew()
        finally:
            self._renewing.release()


_VIEWS: dict[str, ClusterView] = {}
_VIEWS_LOCK: Final = threading.Lock()


def view_of(address: str) -> ClusterView:
    """This process's view of the cluster at an address."""
    with _VIEWS_LOCK:
        return _VIEWS.setdefault(address, ClusterView(address))
