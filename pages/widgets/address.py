"""Page state in the address, so that a link opens the same view.

The address rules: a widget takes its value from it before it is drawn, and writes the user's change back into it.
Streamlit's own `bind="query-params"` is not used: it carries a value over to other pages that use the same name, and
cannot clear it together with parameters that belong to no widget.

An address can hold anything, so every reader returns its default instead of raising.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

import streamlit as st

_TEXT_LENGTH: Final = 200


def text(name: str, default: str = "") -> str:
    """The parameter as text, cut at 200 characters."""
    return str(st.query_params.get(name, default))[:_TEXT_LENGTH]


def choice(name: str, options: Sequence[str], default: str = "", former: Mapping[str, str] | None = None) -> str:
    """The parameter if it is one of the options, else the default.

    `former`: names of options in links of earlier versions -> their names now.
    """
    value = text(name)
    value = (former or {}).get(value, value)
    return value if value in options else default


def number(name: str, default: float, low: float, high: float) -> float:
    """The parameter as a number from low to high, else the default."""
    try:
        value = float(text(name))
    except ValueError:
        return default
    return value if math.isfinite(value) and low <= value <= high else default


def whole(name: str, default: int | None = None) -> int | None:
    """The parameter as a whole number of up to 15 digits, else the default."""
    value = text(name)
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 15 else default


def several(name: str, options: Sequence[str] | None = None) -> list[str]:
    """All values of a repeated parameter, each once; with `options`, only those among them."""
    values = [value[:_TEXT_LENGTH] for value in st.query_params.get_all(name)]
    return [value for value in dict.fromkeys(values) if options is None or value in options]


def put(changes: Mapping[str, str | list[str] | None]) -> None:
    """Changes parameters of the address; None, "" and [] remove one."""
    for name, value in changes.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def bound(
    name: str,
    value: Any,
    to_text: Callable[[Any], str | list[str] | None] = str,
    start: str = "",
    among: Sequence[Any] | None = None,
) -> dict[str, Any]:
    """Keyword arguments (`key`, `on_change`, `args`) for a widget that shows `value` and writes changes to the address.

    `to_text` turns the widget's value into the parameter's; None removes the parameter. `start` and `among` are as in
    `first_value`.
    """
    key = f"address:{name}"
    # Only if they differ: setting it again would discard what the user is typing.
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": _write, "args": (name, key, to_text), **first_value(value, start, among)}


def first_value(value: Any, start: str, among: Sequence[Any] | None = None) -> dict[str, Any]:
    """The widget's argument for its first value: `start` is the argument's name; with options `among` it is `index`.

    Session state fills a widget in the first run only. If a click starts the next run before the browser has drawn the
    widget, the browser draws it from that next run with the widget's default: a slider's lowest value, a list's first.
    It would then report this default as the user's choice. So the widget is also created with its value.
    """
    if among is not None:
        return {"index": list(among).index(value) if value in among else None}
    return {start: value} if start else {}


def link(path: str, **parameters: str) -> str:
    """A relative address with its parameters escaped, for links in markdown."""
    return f"{quote(path)}?{urlencode(parameters)}" if parameters else quote(path)


def _write(name: str, key: str, to_text: Callable[[Any], str | list[str] | None]) -> None:
    value = st.session_state[key]
    put({name: None if value is None else to_text(value)})
