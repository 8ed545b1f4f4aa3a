"""What is left of uploads and staging folders is removed, and nothing that is in use."""

import os
import time
from pathlib import Path

from core.workspace.layout import Layout
from core.workspace.uploads import clean_up, new_upload, staging

HOUR_S = 3600


def age(folder: Path, seconds: float) -> None:
    """Make a folder look that old."""
    then = time.time() - seconds
    os.utime(folder, (then, then))


def test_old_uploads_and_staging_without_a_process_go_and_the_others_stay(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    fresh, old, dead = (new_upload(layout, prefix) for prefix in ("upload", "upload", "import"))
    age(old, 25 * HOUR_S)
    age(dead, HOUR_S)
    with staging(layout) as alive:
        age(alive, HOUR_S)
        clean_up(layout)
        assert {path.name for path in layout.uploads.iterdir()} == {fresh.name, alive.name}
    assert not alive.exists()


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    try:
        with staging(layout) as folder:
            (folder / "half").write_text("half")
            raise RuntimeError
    except RuntimeError:
        assert not layout.uploads.exists()
