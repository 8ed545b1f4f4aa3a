"""The progress bar of long verbs, on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from core.cli.streams import terminal_of
from core.progress import Progress
from core.terminal import printable_line


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show a progress bar on standard error. Yields a function that takes the share done and the activity."""
    form = "{l_bar}{bar:30}| {elapsed}{postfix}"
    with tqdm(total=1.0, file=terminal_of(sys.stderr), bar_format=form, leave=False) as bar:

        def show(share: float, activity: str) -> None:
            bar.n = min(max(share, 0.0), 1.0)
            bar.set_postfix_str(printable_line(activity), refresh=True)

        yield show
