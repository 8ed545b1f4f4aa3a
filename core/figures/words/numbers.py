"""Numbers as words, so that a number looks the same on every page.

A value that cannot be computed (None, or NaN from a table) becomes an en dash; the page says why beside it.
"""

import html
import math
import time
from typing import Final

NONE: Final = "–"
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 0 to 1 as per cent without the sign: 0.5063 -> `50.6`. For AP, precision, recall and F1."""
    value = _defined(share)
    return NONE if value is None else f"{value * 100:.{digits}f}"


def signed(share: float | None, digits: int = 1) -> str:
    """A difference in per cent with its sign: 0.036 -> `+3.6`."""
    return NONE if share is None else f"{share * 100:+.{digits}f}".replace("-", "−")


def count(number: float | None) -> str:
    """A whole number with thousands separators: 3943 -> `3,943`."""
    value = _defined(number)
    return NONE if value is None else f"{value:,.0f}"


def counted(number: int, singular: str, plural: str = "") -> str:
    """A count with its noun: `1 image`, `3,943 images`."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def figure(number: float | None, digits: int = 3) -> str:
    """A measured number with `digits` significant digits, never as 1e-05: 0.000251 -> `0.000251`, 1234.5 -> `1,234`."""
    value = _defined(number)
    if value is None:
        return NONE
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}" if places == 0 else f"{value:,.{places}f}".rstrip("0").rstrip(".")


def duration(seconds: float | None) -> str:
    """A time span in its two largest units: `42 s`, `5 min 48 s`, `2 h 5 min`, `3 d 4 h`; below ten seconds `0.7 s`."""
    value = _defined(seconds)
    if value is None:
        return NONE
    span = max(value, 0.0)
    if 0 < span < 9.95:
        return f"{span:.1f} s"
    whole = round(span)
    for unit_s, unit, part_s, part in (
        (_DAY_S, "d", _HOUR_S, "h"),
        (_HOUR_S, "h", _MINUTE_S, "min"),
        (_MINUTE_S, "min", 1, "s"),
    ):
        if whole >= unit_s:
            rest = whole % unit_s // part_s
            return f"{whole // unit_s} {unit} {rest} {part}" if rest else f"{whole // unit_s} {unit}"
    return f"{whole} s"


def ago(moment: float | None, now: float | None = None) -> str:
    """The time since a Unix time, in its largest unit: `just now`, `5 min ago`, `3 d ago`."""
    if not moment:
        return NONE
    span = (time.time() if now is None else now) - moment
    for unit_s, unit in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if span >= unit_s:
            return f"{int(span // unit_s)} {unit} ago"
    return "just now"


def day(moment: float) -> str:
    """The date of a Unix time in the time zone of the server: `27 Nov 2026`."""
    at = time.localtime(moment)
    return f"{at.tm_mday} {_MONTHS[at.tm_mon - 1]} {at.tm_year}"


def data_size(size: float | None) -> str:
    """Bytes in the largest binary unit that keeps the number above one: `812 B`, `4.2 MiB`."""
    value = _defined(size)
    if value is None:
        return NONE
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def _defined(number: float | None) -> float | None:
    """The number, or None for None and NaN: a table holds NaN where a document holds null."""
    return None if number is None or math.isnan(number) else float(number)


def plain_text(text: str) -> str:
    """A name as text for Plotly, which reads some HTML and, in hover texts, `%{…}`."""
    return html.escape(text, quote=False).replace("%{", "% {")
