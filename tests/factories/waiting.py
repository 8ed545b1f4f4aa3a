"""Waiting for other processes without sleeping longer than needed."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], within_s: float = 20.0, what: str = "") -> None:
    """Returns as soon as the condition holds; fails the test if it does not within the time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what or 'the condition'}"
        time.sleep(0.02)
