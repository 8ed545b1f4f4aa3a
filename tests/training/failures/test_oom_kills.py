from pathlib import Path

import pytest

from core.training.failures.oom_kills import has_killed_since, note_kills

# /proc/self/cgroup, the file below /sys/fs/cgroup, and its content, as Linux writes them for both kinds of groups.
_EVENTS = "low 0\nhigh 0\nmax 7\noom 1\noom_kill {}\noom_group_kill 0\n"
_CONTROL = "oom_kill_disable 0\nunder_oom 0\noom_kill {}\n"


@pytest.mark.parametrize(
    ("own", "file", "content"),
    [
        pytest.param("0::/user/run\n", "user/run/memory.events", _EVENTS, id="version 2"),
        pytest.param("0::/user/run\n", "memory.events", _EVENTS, id="version 2, in a container"),
        pytest.param("4:memory:/run\n0::/\n", "memory/run/memory.oom_control", _CONTROL, id="version 1"),
        pytest.param("4:memory:/run\n0::/\n", "memory/memory.oom_control", _CONTROL, id="version 1, in a container"),
    ],
)
def test_a_kill_by_the_kernel_is_seen_by_its_count(tmp_path: Path, own: str, file: str, content: str) -> None:
    proc, counter = tmp_path / "cgroup", tmp_path / "sys" / file
    proc.write_text(own)
    counter.parent.mkdir(parents=True)
    counter.write_text(content.format(3))
    noted = note_kills(proc, tmp_path / "sys")
    assert noted == {"file": str(counter), "kills": 3}
    assert not has_killed_since(noted)
    counter.write_text(content.format(4))
    assert has_killed_since(noted)
    counter.unlink()
    assert not has_killed_since(noted)


def test_where_nothing_counts_nothing_is_claimed(tmp_path: Path) -> None:
    assert note_kills(tmp_path / "nothing", tmp_path) == {}
    assert not has_killed_since({})
