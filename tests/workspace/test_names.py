import pytest

from core.workspace.names import free_name


@pytest.mark.parametrize(
    ("wanted", "taken", "free"),
    [
        ("cells", set(), "cells"),
        ("cells", {"cells"}, "cells 2"),
        ("cells", {"cells", "cells 2", "cells 4"}, "cells 3"),
        ("cells quick 1", {"cells"}, "cells quick 1"),
        ("cells quick 1", {"cells quick 1", "cells quick 2"}, "cells quick 3"),
        ("2024", {"2024"}, "2024 2"),
        ("cells again", {"cells again"}, "cells again 2"),
    ],
    ids=["free", "taken", "a gap", "counted and free", "counted and taken", "a number only", "words"],
)
def test_a_taken_name_is_counted_on(wanted: str, taken: set[str], free: str) -> None:
    assert free_name(wanted, taken) == free
