"""Escapes control characters in text from strangers, for a terminal. Anyone may import this.

Class names, file names and log lines come from other people. Unescaped, they could hide lines, rename the window, or
show other words than they hold.
"""

import re
from typing import Any, Final, TextIO

# C0 but tab and line end, DEL, C1, marks and overrides of direction, separators that end a line, half surrogates.
_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_BREAKS: Final = str.maketrans({"\n": "\\n", "\t": "\\t"})


def printable(text: str) -> str:
    r"""The text with control characters as `\x1b` or `\u202e`; lines and tabs stay."""
    return _STEERING.sub(_escaped, text)


def printable_line(text: str) -> str:
    r"""The same in one line, for a value among others: a line end becomes `\n`, a tab `\t`."""
    return printable(text).translate(_BREAKS)


def printable_json(text: str) -> str:
    r"""JSON text with control characters inside its strings as `\u009b`, which is the same document."""
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


class PrintableStream:
    """A text stream that makes text `printable` and passes it on to `stream`; all else is as in `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Writes the text and returns the number of characters taken."""
        self.stream.write(printable(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Writes several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
