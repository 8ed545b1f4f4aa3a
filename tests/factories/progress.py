"""Progress that nobody watches, held to its promise."""


def silent(share: float, doing: str) -> None:
    """Takes what a bar would show: a share of 0 to 1, and words."""
    assert 0 <= share <= 1
    assert isinstance(doing, str)
