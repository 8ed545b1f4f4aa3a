"""The JavaScript linter reads whole scripts and reports at the source file and line."""

from pathlib import Path

import lint_javascript
import pytest
from lint_javascript import LintError, find_scripts, lint

pytestmark = pytest.mark.process

READER = "def read_assets(*names: str) -> str: ...\n"
PARTS = 'PARTS = ("paint.js", "tip.js")\n'


def _tree(root: Path, modules: dict[str, str], scripts: dict[str, str]) -> Path:
    """A repository with these modules in pages/, and these scripts in pages/assets/."""
    assets = root / "pages" / "assets"
    assets.mkdir(parents=True)
    for name, text in modules.items():
        (root / "pages" / name).write_text(text)
    for name, text in scripts.items():
        (assets / name).write_text(text)
    return root


def _findings(root: Path) -> list[str]:
    return [f"{one.file}:{one.line} {one.rule}" for one in lint(find_scripts(root), root)]


def test_our_own_scripts_have_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_javascript.main() == 0, capsys.readouterr().out
    assert "0 findings" in capsys.readouterr().out


def test_a_name_of_another_file_of_the_script_is_known_and_an_unknown_one_is_found_at_its_line(
    tmp_path: Path,
) -> None:
    modules = {"reader.py": READER, "view.py": PARTS + 'js = read_assets(*PARTS, "view.js")'}
    scripts = {
        "paint.js": "// Paints.\n\nfunction paint() {}\n",
        "tip.js": "function tip() {\n  paint();\n  forgotten();\n}\n",
        "view.js": "tip();\n",
    }
    assert _findings(_tree(tmp_path, modules, scripts)) == ["pages/assets/tip.js:3 eslint(no-undef)"]


def test_a_function_is_unused_only_where_no_script_uses_it(tmp_path: Path) -> None:
    one, two = 'js = read_assets("box.js", "one.js")', 'js = read_assets("box.js")'
    modules = {"reader.py": READER, "one.py": one, "two.py": two}
    scripts = {"box.js": "function used() {}\nfunction never() {}\n", "one.js": "used();\n"}
    assert _findings(_tree(tmp_path, modules, scripts)) == ["pages/assets/box.js:2 eslint(no-unused-vars)"]


@pytest.mark.parametrize(
    ("read", "there", "message"),
    [
        ('read_assets("a.js")', ("a.js", "b.js"), "b.js is in no script"),
        ('read_assets("a.js", "b.js")', ("a.js",), "b.js is named by a module, but is missing"),
    ],
    ids=["a file that nobody reads", "a file that is missing"],
)
def test_a_file_that_would_not_be_linted_is_an_error(
    read: str, there: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    root = _tree(tmp_path, {"reader.py": READER, "view.py": f"js = {read}"}, dict.fromkeys(there, ""))
    with pytest.raises(LintError, match=message):
        find_scripts(root)


def test_a_linter_that_is_not_installed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint_javascript, "OXLINT", tmp_path / "oxlint")
    script = tmp_path / "a.js"
    script.touch()
    with pytest.raises(LintError, match="Run `make lint`"):
        lint([[script]], tmp_path)
