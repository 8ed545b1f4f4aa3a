"""docs/checks.md says what the table of checks says."""

from core.labels.checks.check_table import CHECK_TABLE
from core.labels.checks.docs import PAGE, with_checks


def test_the_page_is_the_one_that_the_table_makes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_checks(page) == page, "run: python -m core.labels.checks.docs"


def test_each_check_has_a_part_with_what_why_and_remedy() -> None:
    parts = PAGE.read_text(encoding="utf-8").split("\n### ")[1:]
    assert {part.split("\n")[0] for part in parts} == set(CHECK_TABLE)
    for part in parts:
        assert all(word in part for word in ("- What: ", "- Why it matters: ", "- Remedy: ")), part
