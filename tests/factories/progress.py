"""A progress callback that shows nothing but checks its arguments."""


def silent(share: float, doing: str) -> None:
    """Accepts the values for a progress bar: a share of 0 to 1, and words."""
    assert 0 <= share <= 1
    assert isinstance(doing, str)
