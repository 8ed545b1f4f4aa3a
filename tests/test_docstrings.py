"""What a reader of the source can count on: every public thing is described, and every array has its shape.

ruff (D1) asks for the docstrings of public modules, classes and functions; this file asks what ruff cannot.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for place in ("core", "pages", "web")
    for path in (ROOT / place).rglob("*.py")
    if path.stat().st_size
)
# A shape: `(N,)`, `(N, 4)`, `(K + 1, K + 1)`, `(C, height, width)`; or the words of one.
_SHAPE = re.compile(r"\([A-Za-z0-9][\w +-]*,(?: ?[A-Za-z0-9][\w +-]*,?)*\)|\bscalars?\b|\bshapes?\b|one-dimensional")
# Another class's signature, overridden: the class that it comes from says the shapes.
_OVERRIDES = {"apply_image", "apply_coords", "apply_segmentation", "get_transform"}


def missing_shapes(text: str) -> list[str]:
    """Each described function, and each field, of an array type whose shape no docstring or comment gives."""
    lines = text.splitlines()
    aliases = re.findall(r"^(_?\w+)(?:: [\w.]+)? = (?:npt\.)?(?:NDArray|np\.ndarray)", text, re.MULTILINE)
    arrays = re.compile(rf"\b({'|'.join(['NDArray', 'ndarray', 'Tensor', *aliases])})\b")
    faults = []
    for node, owner in _nodes(ast.parse(text)):
        if isinstance(node, ast.AnnAssign):
            said = f"{ast.get_docstring(owner) or ''} {_comment(lines, node)}"
            faults += _fault(node.lineno, ast.unparse(node.target), [ast.unparse(node.annotation)], said, arrays)
        elif (described := ast.get_docstring(node)) and node.name not in _OVERRIDES:
            faults += _fault(node.lineno, node.name, _types(node), described, arrays)
    return faults


def _nodes(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AnnAssign, ast.ClassDef]]:
    """Functions and fields of classes, with the class (for a function outside of one an empty one)."""
    nobody = ast.ClassDef(name="", bases=[], keywords=[], body=[ast.Pass()], decorator_list=[])
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from ((field, node) for field in node.body if isinstance(field, ast.AnnAssign))
        elif isinstance(node, ast.FunctionDef):
            yield node, nobody


def _comment(lines: list[str], field: ast.AnnAssign) -> str:
    """The comment behind a field, or on the line above it."""
    above = lines[field.lineno - 2].strip()
    return f"{lines[field.lineno - 1].partition('#')[2]} {above if above.startswith('#') else ''}"


def _types(function: ast.FunctionDef) -> list[str]:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [ast.unparse(one) for one in (*(each.annotation for each in arguments), function.returns) if one]


def _fault(line: int, name: str, types: list[str], said: str, arrays: re.Pattern[str]) -> list[str]:
    is_array = any(arrays.search(kind) for kind in types)
    return [f"{line}: {name}"] if is_array and not _SHAPE.search(said) else []


def test_each_array_has_its_shape() -> None:
    texts = ((file, (ROOT / file).read_text("utf-8")) for file in SOURCES)
    assert [f"{file}:{fault}" for file, text in texts for fault in missing_shapes(text)] == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param('def f(a: np.ndarray) -> int:\n    """Count (N,) flags."""', [], id="a function with it"),
        pytest.param('def f(a: np.ndarray) -> int:\n    """Count."""', ["1: f"], id="a function without"),
        pytest.param('def f() -> torch.Tensor:\n    """A mask of (height, width) px."""', [], id="a result with it"),
        pytest.param("class A:\n    a: Floats  # (N, 4) px\nFloats = npt.NDArray[Any]", [], id="a field with it"),
        pytest.param("class A:\n    a: Floats\nFloats = npt.NDArray[Any]", ["2: a"], id="a field without"),
        pytest.param('class A:\n    """Of (N,) each."""\n    a: np.ndarray', [], id="fields that the class describes"),
        pytest.param('def f(a: int) -> int:\n    """Count."""', [], id="no array"),
    ],
)
def test_an_array_without_a_shape_is_found(text: str, faults: list[str]) -> None:
    assert missing_shapes(text) == faults
