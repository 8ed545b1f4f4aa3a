"""How work that takes long says how far it is. Anyone may import this; it imports nothing of core."""

from collections.abc import Callable

# Called with the share that is done, 0 to 1, and with what is being done.
Progress = Callable[[float, str], None]


def say_nothing(_share: float, _activity: str) -> None:
    """A `Progress` that tells nobody."""
