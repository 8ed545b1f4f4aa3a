"""Records whose neighbouring fields could be taken for each other are filled by keyword only.

By position, a field that is added in the middle moves every value behind it, and no type checker can tell.
"""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("core", "pages", "tests", "tools", "benchmarks")
# Class by file -> why it may be filled by position.
EXCEPTIONS: dict[str, str] = {}
# Types whose values pass for each other, or were taken for each other by people.
_ALIKE = {"int": "number", "float": "number", "bool": "number", "str": "text", "Path": "text"}
_SEQUENCES = {"tuple", "list", "set", "frozenset", "Sequence", "Iterable", "Collection"}
_RECORDS = {"dataclass", "define", "frozen", "mutable"}


def _aliases(tree: ast.Module) -> dict[str, ast.expr]:
    """The type aliases of a module, such as `Rows = npt.NDArray[np.int64]`."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    kinds = (ast.Subscript, ast.BinOp, ast.Attribute)
    return {ast.unparse(node.targets[0]): node.value for node in assigned if isinstance(node.value, kinds)}


def kinds_of(annotation: ast.expr, aliases: dict[str, ast.expr]) -> set[str]:
    """What values the annotation takes, as words: equal where two types pass for each other. None does not count."""
    if isinstance(annotation, ast.Constant):
        quoted = annotation.value
        return kinds_of(ast.parse(quoted, mode="eval").body, aliases) if isinstance(quoted, str) else set()
    if isinstance(annotation, ast.BinOp):
        return kinds_of(annotation.left, aliases) | kinds_of(annotation.right, aliases)
    name = ast.unparse(annotation)
    if name in aliases:
        return kinds_of(aliases[name], {key: value for key, value in aliases.items() if key != name})
    if isinstance(annotation, ast.Subscript):
        outer = ast.unparse(annotation.value).rpartition(".")[2]
        if outer in ("Optional", "Final"):
            return kinds_of(annotation.slice, aliases)
        # An array of another number type is still an array.
        outer = "sequence" if outer in _SEQUENCES else outer
        return {"array"} if outer == "NDArray" else {f"{outer} of {_inner(annotation)}"}
    last = name.rpartition(".")[2]
    return {_ALIKE.get(last, last)}


def _inner(annotation: ast.Subscript) -> str:
    """The types between the brackets, without the dots of a tuple of any length."""
    return ast.unparse(annotation.slice).strip("()").removesuffix(", ...")


def _is_field(node: ast.stmt) -> bool:
    if not isinstance(node, ast.AnnAssign) or "ClassVar" in ast.unparse(node.annotation):
        return False
    return not (node.value and "init=False" in ast.unparse(node.value))


def _is_by_keyword(record: ast.ClassDef) -> bool:
    calls = [decorator for decorator in record.decorator_list if isinstance(decorator, ast.Call)]
    return any(
        keyword.arg == "kw_only" and ast.unparse(keyword.value) == "True" for call in calls for keyword in call.keywords
    )


def _is_record(node: ast.AST) -> bool:
    if not isinstance(node, ast.ClassDef):
        return False
    decorators = {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list}
    return bool(decorators & _RECORDS) or any(ast.unparse(base).endswith("NamedTuple") for base in node.bases)


def mistakable(source: str) -> Iterator[tuple[str, str]]:
    """Each record of a module that can be filled by position, with two neighbouring fields that pass for each other."""
    tree = ast.parse(source)
    aliases = _aliases(tree)
    for record in ast.walk(tree):
        if not isinstance(record, ast.ClassDef) or not _is_record(record) or _is_by_keyword(record):
            continue
        fields = [node for node in record.body if isinstance(node, ast.AnnAssign) and _is_field(node)]
        for first, second in pairwise(fields):
            if kinds_of(first.annotation, aliases) & kinds_of(second.annotation, aliases):
                yield record.name, f"{ast.unparse(first.target)}, {ast.unparse(second.target)}"
                break


@pytest.mark.parametrize("folder", FOLDERS)
def test_records_with_fields_that_pass_for_each_other_are_filled_by_keyword_only(folder: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}: {record}": fields
        for path in sorted((ROOT / folder).rglob("*.py"))
        for record, fields in mistakable(path.read_text())
    }
    assert {place: fields for place, fields in found.items() if place not in EXCEPTIONS} == {}


@pytest.mark.parametrize(
    ("fields", "is_found"),
    [
        ("a: int; b: int", True),
        ("a: int; b: float = 0.0", True),
        ("a: bool; b: int | None", True),
        ("a: str; b: 'Path'", True),
        ("a: Rows; b: npt.NDArray[np.float64]", True),
        ("a: list[int]; b: tuple[int, ...]", True),
        ("a: pd.DataFrame; b: pd.DataFrame", True),
        ("a: int; b: str; c: int", False),
        ("a: list[int]; b: list[str]", False),
        ("a: int; b: int = field(init=False)", False),
        ("a: int; b: ClassVar[int] = 1", False),
    ],
)
@pytest.mark.parametrize("kind", ["dataclass", "dataclasses.dataclass", "NamedTuple"])
def test_fields_that_pass_for_each_other_are_found(fields: str, is_found: bool, kind: str) -> None:
    head = "class Record(NamedTuple):" if kind == "NamedTuple" else f"@{kind}(frozen=True)\nclass Record:"
    source = f"Rows = npt.NDArray[np.int64]\n{head} {fields}\n"
    assert [name for name, _ in mistakable(source)] == ["Record"] * is_found
