"""Reads YAML from strangers: expert settings, Detectron2 configurations, descriptions of data sets.

PyYAML's own loaders guess types by YAML 1.1 (`no` is false, 1:30 is 90, 2024-01-01 a date), accept aliases that expand
to gigabytes, and fail in many ways. This reader gives plain values by YAML 1.2's core rules, or only text, within
limits, and raises one error with its line for every fault. It refuses a second document and other tags; aliases only
if the limits do not allow them. Anyone may import this.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from core.errors import AppError

# The parser in C is thirty times as fast; some builds of PyYAML lack it.
_Loader: Any = getattr(yaml, "CLoader", yaml.Loader)
_LIST_TAG: Final = "tag:yaml.org,2002:seq"
_TABLE_TAG: Final = "tag:yaml.org,2002:map"
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_WRITE_IT_OUT: Final = "Write each value out."
_PLAIN_VALUES: Final = "Write plain values: text, numbers, true, false, lists and tables."


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlLimits:
    """Bounds on a YAML text: its bytes, values (keys included), levels of nesting, digits of a number."""

    # A complete configuration of Detectron2 has 6 kB.
    bytes: int = 200_000
    # It has 1,000, with its keys.
    values: int = 40_000
    # It has five levels.
    depth: int = 20
    # Every number of 18 digits fits into 64 bits. Python raises a different error from 4,301 digits on.
    digits: int = 18
    # Detectron2's own dumps have aliases. Each counts as all the values that it expands to.
    aliases: bool = False
    # PyYAML takes the last of two equal keys without a word; YAML allows none.
    repeated_keys: bool = True


class YamlError(AppError):
    """A text is no usable YAML: `problem` says why, `line` (from 1) where; None if the fault is in no single line."""

    def __init__(self, problem: str, remedy: str, line: int | None = None) -> None:
        self.problem, self.line = problem, line
        super().__init__(f"{self.where[2:].capitalize() + ': ' if line else ''}{problem}.", remedy)

    @property
    def where(self) -> str:
        """The line, to follow a file's name: `, line 3`, or ""."""
        return "" if self.line is None else f", line {self.line}"


class YamlTooLargeError(YamlError):
    """A text has more bytes, or expands to more values, than its limits allow."""


def read_yaml(text: str | bytes, limits: YamlLimits | None = None, only_text: bool = False) -> Any:
    """The value of a YAML document: dict, list, str, int, float, bool or None; None for an empty one.

    `only_text`: scalars stay as written (`no`, `007` and `1.0` are names); an empty one is "".
    Raises YamlError.
    """
    limits = limits or YamlLimits()
    content = _utf8(text, limits)
    try:
        return _Composer(yaml.parse(content, Loader=_Loader), limits, only_text).document()
    except yaml.reader.ReaderError as error:
        line = _line_at(content, error.position)
        problem = f"a character that YAML does not allow ({_first_line(error.reason)})"
        raise YamlError(problem, _PLAIN_VALUES, line) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = _first_line(error.problem or error.context or "it cannot be read")
        # For a text that is cut off, the parser names a line after the last one.
        last = min(mark.line, content.rstrip().count(b"\n")) + 1 if mark else None
        raise YamlError(problem, "Write `KEY: value`, one a line.", last) from error
    except yaml.YAMLError as error:
        raise YamlError(_first_line(str(error)), _PLAIN_VALUES) from error


def _utf8(text: str | bytes, limits: YamlLimits) -> bytes:
    """The text as UTF-8 without a byte order mark."""
    if len(text) > limits.bytes:
        raise _too_long(limits)
    try:
        content = text.encode() if isinstance(text, str) else _decoded(text).encode()
    except UnicodeEncodeError as error:
        line = error.object.count("\n", 0, error.start) + 1
        raise YamlError("half of a character (a surrogate)", "Save the file as UTF-8.", line) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise YamlError("text that is not UTF-8", "Save the file as UTF-8.", line) from error
    if len(content) > limits.bytes:
        raise _too_long(limits)
    return content.removeprefix(codecs.BOM_UTF8)


def _too_long(limits: YamlLimits) -> YamlError:
    return YamlTooLargeError(f"it is longer than {limits.bytes / 1000:,.0f} kB", "Keep only what is needed.")


def _decoded(content: bytes) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8")


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:200]


class _Composer:
    """Builds values from a parser's events, which come one by one, so that a limit stops the parser too."""

    def __init__(self, events: Iterator[Any], limits: YamlLimits, only_text: bool) -> None:
        self._events, self._limits, self._only_text = events, limits, only_text
        self._values = 0
        self._anchored: dict[str, tuple[Any, int]] = {}  # value, and how many values it holds

    def document(self) -> Any:
        """The value of the only document; None without one."""
        value, documents = None, 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _error("a second document begins", "Keep one document.", event)
                value = self._value(next(self._events), 0)
        return value

    def _value(self, event: Any, depth: int) -> Any:
        before = self._values
        self._count(event, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event, depth)
        value = self._composed(event, depth)
        if event.anchor is not None:
            self._anchored[event.anchor] = value, self._values - before
        return value

    def _aliased(self, event: Any, depth: int) -> Any:
        if event.anchor not in self._anchored:
            raise _error(f"nothing is named {_short(event.anchor)} before", _WRITE_IT_OUT, event)
        value, size = self._anchored[event.anchor]
        self._values += size
        self._check_size(event, depth + _levels(value))
        return value

    def _composed(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            self._check_tag(event, _LIST_TAG)
            return [self._value(inner, depth + 1) for inner in self._until(yaml.SequenceEndEvent)]
        self._check_tag(event, _TABLE_TAG)
        return dict(self._pairs(depth + 1))

    def _pairs(self, depth: int) -> Iterator[tuple[Any, Any]]:
        seen = set()
        for event in self._until(yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _error("a key that is a list or a table", "Write text or a number before the colon.", event)
            key = self._value(event, depth)
            if key in seen and not self._limits.repeated_keys:
                raise _error(f"the key {_short(str(key))} stands twice", "Keep one of the two.", event)
            seen.add(key)
            yield key, self._value(next(self._events), depth)

    def _until(self, end: type) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _count(self, event: Any, depth: int) -> None:
        self._values += 1
        if event.anchor is not None and not self._limits.aliases:
            raise _error("YAML anchors and aliases are not read", _WRITE_IT_OUT, event)
        self._check_size(event, depth)

    def _check_size(self, event: Any, depth: int) -> None:
        if self._values > self._limits.values:
            problem = f"more than {self._limits.values:,} values"
            raise YamlTooLargeError(problem, "Keep only what is needed.", event.start_mark.line + 1)
        if depth > self._limits.depth:
            raise _error(f"nested deeper than {self._limits.depth} levels", "Write it flatter.", event)

    def _check_tag(self, event: Any, wanted: str) -> None:
        if event.tag not in (None, "!", wanted):
            raise _error(f"the type {_short(event.tag)} is not read", _PLAIN_VALUES, event)

    def _scalar(self, event: Any) -> Any:
        is_plain, text = event.implicit[0], str(event.value)
        if event.tag is None:
            return text if self._only_text or not is_plain else self._number_or_word(event, text)
        if event.tag in ("!", _TEXT_TAG):
            return text
        if event.tag not in _TAGGED:
            raise _error(f"the type {_short(event.tag)} is not read", _PLAIN_VALUES, event)
        value = self._number_or_word(event, text)
        if not isinstance(value, _TAGGED[event.tag]) or isinstance(value, bool) != (event.tag == _BOOL_TAG):
            raise _error(f"{_short(text)} is no {event.tag.rpartition(':')[2]}", _PLAIN_VALUES, event)
        if event.tag == _FLOAT_TAG:
            value = float(value)
        return text if self._only_text else value

    def _number_or_word(self, event: Any, text: str) -> Any:
        if text in _WORDS:
            return _WORDS[text]
        for pattern, number in _NUMBERS:
            if pattern.fullmatch(text):
                return self._number(event, text, number)
        return text

    def _number(self, event: Any, text: str, number: Callable[[str], Any]) -> Any:
        digits = sum(sign.isalnum() for sign in text)
        # Programs write fractions with more digits (0.1 as 0.1000…), and these cost nothing.
        most = self._limits.digits if number is not float else 4 * self._limits.digits
        if digits > most:
            raise _error(f"a number of {digits:,} digits", f"Write at most {most} digits.", event)
        return number(text)


def _levels(value: Any) -> int:
    """The depth of nested lists and tables in a value that was read within the limits."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((1 + _levels(item) for item in inner), default=0)


def _error(problem: str, remedy: str, event: Any) -> YamlError:
    return YamlError(problem, remedy, event.start_mark.line + 1)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


_BOOL_TAG: Final = "tag:yaml.org,2002:bool"
_FLOAT_TAG: Final = "tag:yaml.org,2002:float"
_TAGGED: Final[dict[str, Any]] = {
    _BOOL_TAG: bool,
    "tag:yaml.org,2002:int": int,
    _FLOAT_TAG: int | float,
    "tag:yaml.org,2002:null": type(None),
}
# YAML 1.2, 10.3.2.
_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMBERS: Final[tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...]] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)
