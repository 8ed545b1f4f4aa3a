"""Progress reports of long work. Anyone may import this; it imports nothing of core."""

from collections.abc import Callable

# Called with the share that is done, 0 to 1, and the present activity.
Progress = Callable[[float, str], None]


def say_nothing(_share: float, _activity: str) -> None:
    """Ignores progress reports."""
