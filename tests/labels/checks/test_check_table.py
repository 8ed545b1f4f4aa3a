"""Every check that the source names is in the table, under its id, with texts; and every check is tested somewhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.coco.faults import Kind
from core.labels.checks.check_table import ALIASES, CHECK_TABLE, canonical, names_as_listed, names_of_check
from core.labels.checks.check_texts import check_text
from core.labels.checks.entries.entry import Scope
from core.labels.findings import Severity

ROOT = Path(__file__).parents[3]
# The list of the checks that Detdesk promises, each under any of its names.
PROMISED = {
    Severity.BLOCKS: "unreadable-image missing-image ambiguous-image unknown-class names-conflict malformed-line "
    "non-finite unsupported-image doubtful-reading encoding-guessed no-classes orphan-label",
    Severity.FIXED: "outside-image swapped-corners zero-area duplicate-object duplicate-id size-differs exif-turned "
    "degenerate-polygon cut-off-image",
    Severity.LOOK: "orphan-label orphan-image in-no-split tiny-object huge-object whole-image-box odd-aspect "
    "size-outlier-in-class crowded-image same-box-two-classes almost-same-class-names duplicate-image "
    "near-duplicate-image leak-between-splits blurred dark over-exposed low-information class-imbalance "
    "class-missing-in-split few-examples beyond-coco-cap mixed-sizes",
}
# The ids of the first version. Stored findings have them, so they stay.
FIRST = """
    malformed-line malformed-file non-finite unknown-class orphan-label names-missing names-conflict mixed-coordinates
    hostile-xml unknown-image duplicate-id ambiguous-id bad-segmentation bad-area repeated-name two-splits
    image-without-label missing-image unreadable-image size-differs exif-turn image-converted duplicate-image
    duplicate-across-splits swapped-corners over-border outside-image zero-area duplicate-object tiny-box
    whole-image-box odd-aspect unusual-size crowded-image empty-class few-examples class-imbalance
    class-missing-from-split
"""
# A function -> the position of its argument `check`, and the severity of its findings ("" if another argument says it).
CALLS = {
    "refuse_object": (2, "blocks"),
    "refuse_file": (3, "blocks"),
    "fixed": (0, "fixed"),
    "look": (0, "look"),
    "of_objects": (2, ""),
    "of_images": (2, ""),
    "blocked": (0, "blocks"),
    "FieldFaultError": (0, "blocks"),
    "rest_of": (0, ""),
    "_finding": (0, ""),
    "_findings": (0, ""),
    "_look": (1, "look"),
    "_block_scope": (1, "blocks"),
    "_add": (1, ""),
}
_ID = re.compile(r"[a-z]+(?:-[a-z]+)*")


def emitted() -> dict[str, set[str]]:
    """The checks that the source names -> the severities that it gives them there, as far as they stand beside."""
    named: dict[str, set[str]] = {str(kind): set() for kind in Kind}
    for path in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for check, severity in _named_in(node) if "labels" in path.parts else ():
                named.setdefault(check, set()).update(severity)
    return named


def _named_in(node: ast.AST) -> Iterator[tuple[str, set[str]]]:
    if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "check" for to in node.targets):
        yield from ((text, set()) for text in _texts(node.value))
    if isinstance(node, ast.FunctionDef):
        defaults = zip(node.args.args[::-1], node.args.defaults[::-1], strict=False)
        yield from ((text, set()) for name, value in defaults if name.arg == "check" for text in _texts(value))
    if isinstance(node, ast.Call):
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        position, severity = CALLS.get(function, (len(node.args), ""))
        by_name = [keyword.value for keyword in node.keywords if keyword.arg == "check"]
        for text in (text for value in [*node.args[position : position + 1], *by_name] for text in _texts(value)):
            yield text, {severity} - {""} or _severities(node)


def _texts(value: ast.expr) -> list[str]:
    """The ids that an expression can give: a text, or either side of a condition."""
    parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return [text for text in texts if _ID.fullmatch(text)]


def _severities(call: ast.Call) -> set[str]:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return {
        value.attr.lower()
        for value in values
        if isinstance(value, ast.Attribute) and getattr(value.value, "id", "") == "Severity"
    }


def test_the_source_names_most_checks() -> None:
    assert len(emitted()) > 40
    assert emitted()["tiny-box"] == {"look"}


def test_every_check_that_the_source_names_is_in_the_table_by_its_id() -> None:
    assert {check for check in emitted() if check not in CHECK_TABLE} == set()


def test_every_finding_has_a_severity_that_the_table_lists() -> None:
    listed = {check: {str(severity) for severity in entry.severities} for check, entry in CHECK_TABLE.items()}
    assert {check: said - listed[check] for check, said in emitted().items() if said - listed[check]} == {}


def test_every_check_of_a_reader_is_named_in_a_test_of_a_reader() -> None:
    tests = (path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
    texts = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    of_readers = [check for check in emitted() if CHECK_TABLE[check].scope is Scope.READING]
    assert {check for check in of_readers if f'"{check}"' not in texts} == set()


@pytest.mark.parametrize("severity", list(Severity))
def test_every_promised_check_exists_with_its_severity(severity: Severity) -> None:
    promised = PROMISED[severity].split()
    assert [name for name in promised if severity not in CHECK_TABLE[canonical(name)].severities] == []


def test_the_ids_of_the_first_version_stay() -> None:
    assert [check for check in FIRST.split() if check not in CHECK_TABLE] == []


def test_no_name_means_two_checks() -> None:
    names = [name for entry in CHECK_TABLE.values() for name in (entry.id, *entry.aliases)]
    assert len(names) == len(set(names))
    assert {ALIASES[alias] for alias in ALIASES} <= set(CHECK_TABLE)


@pytest.mark.parametrize("check", list(CHECK_TABLE))
def test_every_check_has_a_title_and_sentences(check: str) -> None:
    entry = CHECK_TABLE[check]
    assert entry.title
    assert not entry.title.endswith(".")
    assert all(text.endswith(".") for text in (entry.what, entry.why, entry.remedy))


def test_a_check_is_read_under_both_names() -> None:
    assert check_text("tiny-object") == check_text("tiny-box")
    assert names_of_check("tiny-object") == names_of_check("tiny-box") == ("tiny-box", "tiny-object")
    assert names_of_check("of-a-plugin") == ("of-a-plugin",)


def test_a_link_by_another_name_leads_to_the_listed_one() -> None:
    assert names_as_listed(["tiny-box", "dark"]) == {"tiny-object": "tiny-box"}


def test_an_unknown_check_has_a_title_made_from_its_name() -> None:
    assert check_text("of-a-plugin").title == "Of a plugin"
