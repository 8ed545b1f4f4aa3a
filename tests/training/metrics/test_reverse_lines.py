from pathlib import Path

import pytest

from core.training.metrics.reverse_lines import blocks_backwards


@pytest.mark.parametrize("block_bytes", [1, 3, 7, 1000])
@pytest.mark.parametrize("content", [b"", b"cut", b"a\n", b"a\n\nbb\nccc\n", b"a\nbb\nccc\ncut", b"\n"])
def test_lines_are_read_backwards_whole_and_without_a_cut_last_one(
    content: bytes, block_bytes: int, tmp_path: Path
) -> None:
    path = tmp_path / "lines"
    path.write_bytes(content)
    blocks = list(blocks_backwards(path, block_bytes))
    lines = [line for block, _ in reversed(blocks) for line in block]
    whole = content[: content.rfind(b"\n") + 1]
    assert lines == whole.splitlines()
    assert not blocks or blocks[0][1] == len(whole)


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert list(blocks_backwards(tmp_path / "nothing")) == []
