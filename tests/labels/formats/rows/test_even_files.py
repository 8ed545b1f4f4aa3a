"""Files parsed at once give what they give line by line; files that are written otherwise are left to the lines."""

import random
from pathlib import Path

import pytest

from core.labels.formats.rows import even_files, lines
from core.labels.formats.rows.lines import TextLines
from core.labels.formats.written import Written
from core.labels.sources.source_tree import SourceTree

PLAIN = b"0 0.5 0.5 0.1 0.1\n"


@pytest.mark.parametrize(
    ("content", "tokens", "numbers"),
    [
        pytest.param(PLAIN, ["0"], [[0.5, 0.5, 0.1, 0.1]], id="plain"),
        pytest.param(b"cat 1 2 3 4", ["cat"], [[1, 2, 3, 4]], id="no line feed at the end"),
        pytest.param(
            b"cat 1 2 3 4\r\ndog 5 6 7 8\r\n", ["cat", "dog"], [[1, 2, 3, 4], [5, 6, 7, 8]], id="from Windows"
        ),
        pytest.param(b"01 1e1 -.5 5. +4\n", ["01"], [[10, -0.5, 5, 4]], id="token kept, numbers of all spellings"),
        pytest.param(b'"a 1 2 3 4\n', ['"a'], [[1, 2, 3, 4]], id="a quote is a character"),
    ],
)
def test_even_rows_are_parsed_as_written(content: bytes, tokens: list[str], numbers: list[list[float]]) -> None:
    even = even_files.parse_even([content], 5)
    assert even is not None
    assert (even.tokens, even.numbers.tolist(), even.rows_of_files) == (tokens, numbers, [len(tokens)])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"0 1 2 3\n", id="a field too few"),
        pytest.param(b"0 1 2 3 4 5\n", id="a field too many"),
        pytest.param(b"\n0 1 2 3 4\n", id="empty line"),
        pytest.param(b" 1 2 3 4\n", id="no class"),
        pytest.param(b"0 1  3 4\n", id="two spaces"),
        pytest.param(b"0 1 2 3 \t4\n", id="tab"),
        pytest.param(b"0 1 2 3 4\r0 1 2 3 4\n", id="lone carriage return"),
        pytest.param(b"0 1 2 3 0x4\n", id="hexadecimal"),
        pytest.param(b"0 1 2 3 1_0\n", id="underscore"),
        pytest.param(b"0 1 2 3 four\n", id="word"),
        pytest.param("ä 1 2 3 4\n".encode(), id="beyond ASCII"),
        pytest.param(b"\0 1 2 3 4\n", id="binary"),
    ],
)
def test_what_is_written_otherwise_is_left_to_the_lines(content: bytes) -> None:
    assert even_files.parse_even([PLAIN, content], 5) is None


@pytest.mark.parametrize("line", [b"", b"0 1 2 3\n", b"0 " + b"0.1 " * 40])
def test_empty_short_and_long_rows_are_not_even(line: bytes) -> None:
    assert even_files.width_of(line) == 0


def test_files_read_at_once_give_what_they_give_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_files(tmp_path, random.Random(3))
    tree = SourceTree.walk(tmp_path)
    at_once = _rows_of(tree)
    monkeypatch.setattr(lines, "width_of", lambda _: 0)
    assert _rows_of(tree) == at_once
    assert len(at_once) > 300


def _write_files(folder: Path, numbers: random.Random) -> None:
    odd = [
        "0 0.1 0.2 0.3\n",
        "\n",
        "cat dog 1 2 3 4\n",
        "0 1 2 3 x\n",
        "1,2,3,4,5\n",
        "0 nan 2 3 inf\n",
        "0\t1\t2\t3\t4\n",
    ]
    for number in range(60):
        width = numbers.choice([4, 4, 4, 5, 8])
        rows = [
            " ".join([str(numbers.randrange(5)), *(f"{numbers.random():.6f}" for _ in range(width))]) + "\n"
            for _ in range(8)
        ]
        if number % 9 == 0:
            rows[numbers.randrange(8)] = numbers.choice(odd)
        file = folder / numbers.choice(["a", "b"]) / f"{number}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(rows).rstrip("\n" if number % 2 else ""))


def _rows_of(tree: SourceTree) -> list[object]:
    """All rows in one order, and what was refused; NaN as text, so that rows can be compared."""
    written = Written(format="rows", files=list(tree.sizes))
    text = TextLines(written=written)
    text.read_files(tree, list(tree.sizes))
    rows: list[object] = [
        (key, entry, line, token, str(row))
        for key, bucket in text.buckets.items()
        for entry, line, token, row in zip(
            bucket.entry, bucket.line, bucket.token, bucket.matrix().tolist(), strict=True
        )
    ]
    refused = [(finding.file, finding.line, finding.message) for finding in written.findings]
    return sorted([*rows, *refused, *written.unreadable], key=str)
