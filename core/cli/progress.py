"""The bar on standard error that long verbs draw."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from core.progress import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error, fed with the share done and what is being done."""
    with tqdm(total=1.0, file=sys.stderr, bar_format="{l_bar}{bar:30}| {elapsed}{postfix}", leave=False) as bar:

        def show(share: float, activity: str) -> None:
            bar.n = min(max(share, 0.0), 1.0)
            bar.set_postfix_str(activity, refresh=True)

        yield show
