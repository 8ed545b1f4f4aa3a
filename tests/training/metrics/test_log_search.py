import time
from pathlib import Path

import pytest

from core.errors import AppError
from core.training.metrics import log_search
from core.training.metrics.log_search import LogQuery, LogView, search_log

_LOG = """2026-11-23 08:00:00 INFO Run one: 40 iterations
2026-11-23 08:00:01 INFO iteration 10 of 40: loss/total 1.5
2026-11-23 08:00:02 WARNING The loss is large
of validation, that is
2026-11-23 08:00:03 INFO iteration 20 of 40: loss/total 0.7
2026-11-23 08:00:04 ERROR Reading <b>tile.png</b> failed
2026-11-23 08:00:05 INFO iteration 30 of 40
Traceback (most recent call last):
  File "x.py", line 1
OSError: no space"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.txt"
    path.write_text(_LOG)
    return path


def _texts(view: LogView) -> list[str]:
    return [line.text for line in view.lines]


def test_without_a_search_the_last_lines_are_shown_the_cut_one_too(log: Path) -> None:
    view = search_log(log, LogQuery(lines=3))
    assert _texts(view) == _LOG.splitlines()[-3:]
    assert view.size == len(_LOG)


def test_a_missing_log_has_no_lines(tmp_path: Path) -> None:
    view = search_log(tmp_path / "log.txt", LogQuery(search="x"))
    assert (view.lines, view.match_count, view.size, view.is_whole) == ((), 0, 0, True)


def test_a_search_finds_text_in_any_case_counts_it_and_marks_it(log: Path) -> None:
    view = search_log(log, LogQuery(lines=1, search="LOSS/Total"))
    assert view.match_count == 2
    assert view.is_whole
    (line,) = view.lines
    assert [line.text[start:end] for start, end in line.marks] == ["loss/total"]


def test_text_is_searched_for_as_it_stands(log: Path) -> None:
    assert search_log(log, LogQuery(search="tile.png</b>")).match_count == 1
    assert search_log(log, LogQuery(search="tile_png")).match_count == 0
    assert search_log(log, LogQuery(search=".*")).match_count == 0


def test_every_place_in_a_line_is_marked_in_characters(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("é loss é Loss \ue000 loss\n")
    (line,) = search_log(log, LogQuery(search="loss")).lines
    assert [line.text[start:end] for start, end in line.marks] == ["loss", "Loss", "loss"]


def test_a_regular_expression_is_one_where_asked_for(log: Path) -> None:
    view = search_log(log, LogQuery(search=r"iteration (10|3\d) ", is_regex=True))
    assert [line.text[start:end] for line in view.lines for start, end in line.marks] == [
        "iteration 10 ",
        "iteration 30 ",
    ]


@pytest.mark.parametrize("search", ["(", "[a", "a{2,1}", "(?<=a)b", "\\1"])
def test_what_is_no_regular_expression_is_refused_with_its_reason(log: Path, search: str) -> None:
    with pytest.raises(AppError, match=r"is not a regular expression: \w") as caught:
        search_log(log, LogQuery(search=search, is_regex=True))
    assert "plain text" in caught.value.remedy


def test_a_pattern_that_explodes_in_other_engines_is_answered_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("a" * 1900 + "!\n")
    began = time.monotonic()
    assert search_log(log, LogQuery(search="(a+)+$", is_regex=True)).match_count == 0
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("info", list(range(10))),
        pytest.param("warning", [2, 3, 5, 7, 8, 9], id="with the lines that go on"),
        pytest.param("error", [5, 7, 8, 9], id="a traceback is an error"),
    ],
)
def test_a_level_shows_what_is_as_bad_or_worse(log: Path, level: str, expected: list[int]) -> None:
    lines = _LOG.splitlines()
    assert _texts(search_log(log, LogQuery(level=level))) == [lines[place] for place in expected]


def test_levels_hold_across_the_blocks_in_which_a_log_is_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = search_log(log, LogQuery(level="warning"))
    monkeypatch.setattr(log_search, "_BLOCK_BYTES", 150)
    assert search_log(log, LogQuery(level="warning")) == whole


def test_a_log_can_be_looked_at_as_it_was(log: Path) -> None:
    until = _LOG.index("2026-11-23 08:00:03")
    assert _texts(search_log(log, LogQuery(until=until))) == _LOG.splitlines()[:4]


def test_a_search_in_a_very_long_log_stops_at_a_bound_and_says_so(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "SEARCH_BYTES", 120)
    view = search_log(log, LogQuery(search="o"))
    assert not view.is_whole
    assert view.searched == 120
    assert view.match_count < search_log(log, LogQuery()).match_count < 10


def test_the_tail_of_a_long_log_costs_a_block_and_not_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with log.open("wb") as handle:
        handle.truncate(100 * 2**20)  # a hole: reading all of it would take as long as reading 100 MB
        handle.seek(0, 2)
        handle.write(b"".join(b"\n2026-11-23 08:00:00 INFO line %d" % place for place in range(5000)))
    view = search_log(log, LogQuery(lines=200))
    assert _texts(view)[-1].endswith("line 4999")
    assert len(view.lines) == 200
    assert view.searched < 2**19


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"\xff" * 3_000_000)
    (line,) = search_log(log, LogQuery(lines=5)).lines
    assert len(line.text) == 2000
