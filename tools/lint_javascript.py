"""Lints the JavaScript of pages and report in the form that the browser gets; `make lint` runs it.

The files of a component, or of the report, are one script with one scope. So each script is joined as the product joins
it, oxlint reads the whole (.oxlintrc.json), and each finding is reported at its source file and line. A function is
unused only if it is unused in every script that contains it. Exits with 1 if there is a finding.
"""

import ast
import json
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OXLINT = Path(sysconfig.get_path("scripts")) / "oxlint"
SOURCES = ("core", "pages")
UNUSED = "eslint(no-unused-vars)"


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """A finding of oxlint; `file` is relative to the root, `line` counts from 1."""

    file: str
    line: int
    rule: str
    message: str


class LintError(Exception):
    """The scripts could not be linted; the message says why."""


def main() -> int:
    """Prints all findings; the exit code, 1 if there is one."""
    try:
        scripts = find_scripts(ROOT)
        findings = lint(scripts, ROOT)
    except LintError as error:
        print(f"JavaScript was not linted: {error}", file=sys.stderr)
        return 1
    for finding in findings:
        print(f"{finding.file}:{finding.line}: {finding.message} [{finding.rule}]")
    files = {file for script in scripts for file in script}
    print(f"JavaScript: {len(files)} files in {len(scripts)} scripts, {len(findings)} findings")
    return 1 if findings else 0


def find_scripts(root: Path) -> list[list[Path]]:
    """The scripts, each as its files in order. Raises LintError for a JavaScript file that is in no script.

    A script is a call of read_assets with the names of its files, or a tuple SCRIPTS of such names. The files are in
    the `assets` folder beside the module that defines read_assets or SCRIPTS.
    """
    paths = [path for source in SOURCES for path in sorted((root / source).rglob("*.py"))]
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    scripts = [
        [path.parent / "assets" / name for name in names]
        for path, tree in modules.items()
        for constant, names in _tuples(tree)
        if constant == "SCRIPTS"
    ]
    scripts += _components(modules)
    _require_all(root, scripts)
    return scripts


def _components(modules: dict[Path, ast.Module]) -> list[list[Path]]:
    """The scripts that components read with read_assets."""
    readers = [path for path, tree in modules.items() for node in tree.body if _defines(node, "read_assets")]
    tuples = {constant: names for tree in modules.values() for constant, names in _tuples(tree)}
    read = [_read_names(node, tuples) for tree in modules.values() for node in ast.walk(tree)]
    return [[path.parent / "assets" / name for name in names] for path in readers for names in read if names]


def _tuples(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """The constants of a module that are tuples of names of JavaScript files."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Tuple):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            names = [str(elt.value) for elt in node.value.elts if isinstance(elt, ast.Constant)]
            if isinstance(target, ast.Name) and names and all(name.endswith(".js") for name in names):
                yield target.id, names


def _defines(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == name


def _read_names(call: ast.AST, tuples: dict[str, list[str]]) -> list[str]:
    """The JavaScript files that a call of read_assets reads; none for any other node."""
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "read_assets"):
        return []
    names: list[str] = []
    for argument in call.args:
        if isinstance(argument, ast.Constant):
            names.append(str(argument.value))
        elif isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
            names += tuples.get(argument.value.id, [])
    return [name for name in names if name.endswith(".js")]


def _require_all(root: Path, scripts: list[list[Path]]) -> None:
    present = {path for source in SOURCES for path in (root / source).rglob("*.js")}
    linted = {path for script in scripts for path in script}
    for path in sorted(linted - present):
        raise LintError(f"{path.relative_to(root)} is named by a module, but is missing.")
    for path in sorted(present - linted):
        raise LintError(f"{path.relative_to(root)} is in no script. Remove it, or read it with read_assets.")


def lint(scripts: list[list[Path]], root: Path) -> list[Finding]:
    """oxlint's findings, in the order of files and lines. Raises LintError if oxlint does not run."""
    with tempfile.TemporaryDirectory(prefix="detdesk-javascript-") as folder:
        for number, script in enumerate(scripts):
            text = "\n".join(path.read_text(encoding="utf-8") for path in script)
            (Path(folder) / f"{number}.js").write_text(text, encoding="utf-8")
        diagnostics = _oxlint(Path(folder))
    scripts_of: dict[Finding, set[int]] = defaultdict(set)
    for diagnostic in diagnostics:
        number = int(Path(diagnostic["filename"]).stem)
        scripts_of[_located(diagnostic, scripts[number], root)].add(number)
    everywhere = {
        finding
        for finding, numbers in scripts_of.items()
        if finding.rule != UNUSED or numbers == {n for n, script in enumerate(scripts) if root / finding.file in script}
    }
    return sorted(everywhere)


def _oxlint(folder: Path) -> list[dict[str, Any]]:
    command = [str(OXLINT), "--config", str(ROOT / ".oxlintrc.json"), "--format", "json", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        diagnostics: list[dict[str, Any]] = json.loads(done.stdout)["diagnostics"]
    except (OSError, ValueError, KeyError) as error:
        raise LintError(f"oxlint does not answer ({error}). Run `make lint`, which installs it.") from error
    return diagnostics


def _located(diagnostic: dict[str, Any], script: list[Path], root: Path) -> Finding:
    """The finding with its source file and the line there."""
    labels = diagnostic.get("labels") or [{"span": {"line": 1}}]
    line = int(labels[0]["span"]["line"])
    for path in script:
        # Joined by a newline: a file that ends with one is followed by an empty line.
        lines = path.read_text(encoding="utf-8").count("\n") + 1
        if line <= lines:
            break
        line -= lines
    return Finding(
        file=path.relative_to(root).as_posix(),
        line=line,
        rule=str(diagnostic.get("code", "")),
        message=str(diagnostic["message"]),
    )


if __name__ == "__main__":
    sys.exit(main())
