from pathlib import Path

from core.workspace.layout import Layout
from core.workspace.openings import Opening, log_opening, read_openings


def test_openings_are_kept_in_order_for_each_version(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    first, second = Opening(time=1.0, place="page", evaluation="e-1", subject="r-1"), Opening(time=2.0, place="command line", evaluation="e-2", subject="r-2")
    for opening in (first, second):
        log_opening(layout, "cells", "v1", opening)
    log_opening(layout, "cells", "v2", second)
    assert read_openings(layout, "cells", "v1") == [first, second]
    assert read_openings(layout, "cells", "v2") == [second]
    assert read_openings(layout, "cells", "v3") == []


def test_half_a_line_of_a_killed_writer_costs_none_of_the_others(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    first = Opening(time=1.0, place="page", evaluation="e-1", subject="r-1")
    log_opening(layout, "cells", "v1", first)
    with layout.openings("cells", "v1").open("a") as handle:
        handle.write('{"time": 2.0}\n{"time": 3.')
    assert read_openings(layout, "cells", "v1") == [first]
