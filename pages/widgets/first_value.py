"""What a widget shows before the browser has told the server that it is drawn.

Session state fills a widget in the first run only. Where a click starts the next run before the browser has drawn the
widget, the browser draws it from that next run, with the widget's own first value: a slider's lowest, a list's first.
It would then report that as the user's choice. So a widget that shows a value is made with it, too.
"""

from collections.abc import Sequence
from typing import Any


def first_value(value: Any, start: str, among: Sequence[Any] | None = None) -> dict[str, Any]:
    """The widget's argument for its first value: named `start`, or `index` where it is one of the options `among`."""
    if among is not None:
        return {"index": list(among).index(value) if value in among else None}
    return {start: value} if start else {}
