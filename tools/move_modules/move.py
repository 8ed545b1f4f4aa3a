#!/usr/bin/env python3
# ruff: noqa
# mypy: ignore-errors
"""Move the modules of a checkout into the packages of docs/architecture.md, and rewrite every import and mention.

    python move.py CHECKOUT

Purely mechanical: files are renamed, imports and dotted or slashed names follow, import contracts are replaced, new
packages get an `__init__.py` that says what they hold. Standard library and ruff only.
"""

import ast, re, subprocess, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from table import M, PACKAGES, INITS, TEST_PLACES, CONTRACTS, PATCHES

root = Path(sys.argv[1]).resolve()
tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split("\n")
tracked = [t for t in tracked if t and (root / t).exists() and not t.startswith("tools/move_modules")]
py = [t for t in tracked if t.endswith(".py")]
dotted = lambda path: path[:-3].replace("/", ".").removesuffix(".__init__")
present = {dotted(p) for p in py}
M = dict(M)
# Tests go where their module goes.
for name in sorted(present):
    parts = name.split(".")
    if parts[0] != "tests" or name in M:
        continue
    if name in TEST_PLACES:
        M[name] = TEST_PLACES[name]
        continue
    if parts[-1].startswith("test_") and len(parts) > 2:
        bare = parts[-1][5:]
        for source in (".".join(["core", *parts[1:-1], bare]), f"pages.widgets.{bare}" if parts[1] == "pages" else ""):
            if source in M and source in present:
                new = M[source].split(".")
                M[name] = ".".join(
                    ["tests", *(new[1:-1] if new[0] == "core" else ["pages", *new[1:-1]]), f"test_{new[-1]}"]
                )
M = {old: new for old, new in M.items() if old in present}
ALL = {**M, **PACKAGES}
PATTERN = re.compile(r"(?<![\w.])(" + "|".join(re.escape(o) for o in sorted(ALL, key=len, reverse=True)) + r")(?!\w)")
SLASHED = re.compile(
    r"(?<![\w/])(" + "|".join(re.escape(o.replace(".", "/")) for o in sorted(ALL, key=len, reverse=True)) + r")(?![\w])"
)


def retext(text):
    text = PATTERN.sub(lambda m: ALL[m[1]], text)
    return SLASHED.sub(lambda m: ALL[m[1].replace("/", ".")].replace(".", "/"), text)


def target(module):
    return ALL.get(module, module)


def rewrite(source, old_name, new_name):
    tree = ast.parse(source)
    raw = source.encode()
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    at = lambda lineno, col: starts[lineno - 1] + col
    edits = []  # start, end, text
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {
        n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)
    }
    bound = {}
    for n in ast.walk(tree):
        if isinstance(n, ast.ImportFrom):
            for a in n.names:
                bound[a.asname or a.name] = bound.get(a.asname or a.name, 0) + 1
    defs = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))}
    renames = {}
    for n in ast.walk(tree):
        if not isinstance(n, ast.ImportFrom) or n.level or not n.module:
            continue
        groups = {}
        changed = n.module in ALL
        for a in n.names:
            full = f"{n.module}.{a.name}"
            if full in PACKAGES:
                changed, last = True, PACKAGES[full].rpartition(".")[2]
                groups.setdefault(n.module, []).append(last)
                renames[a.name] = last
                continue
            if full in M and full in present:
                changed = True
                package, _, last = M[full].rpartition(".")
                local = a.asname or a.name
                if last == local:
                    entry = last
                elif a.asname or full.startswith("core.desk.") or last in names or last in bound or last in defs:
                    entry = f"{last} as {local}"
                else:
                    entry = last
                    renames[local] = last
                    bound[last] = 1
                groups.setdefault(package, []).append(entry)
            else:
                module = target(n.module)
                groups.setdefault(module, []).append(a.name + (f" as {a.asname}" if a.asname else ""))
        if not changed:
            continue
        indent = " " * n.col_offset
        text = ("\n" + indent).join(
            f"from {module} import " + (", ".join(entries))
            if len(f"{indent}from {module} import {', '.join(entries)}") <= 120
            else f"from {module} import (\n{indent}    " + f",\n{indent}    ".join(entries) + f",\n{indent})"
            for module, entries in groups.items()
        )
        edits.append((at(n.lineno, n.col_offset), at(n.end_lineno, n.end_col_offset), text))
    for n in ast.walk(tree):
        if isinstance(n, ast.Name) and n.id in renames:
            edits.append((at(n.lineno, n.col_offset), at(n.end_lineno, n.end_col_offset), renames[n.id]))
    edits.sort()
    out, pos = [], 0
    for start, end, text in edits:
        out.append(retext(raw[pos:start].decode()))
        out.append(text)
        pos = end
    out.append(retext(raw[pos:].decode()))
    text = "".join(out)
    deeper = new_name.count(".") - old_name.count(".")
    if deeper:
        text = re.sub(
            r"(Path\(__file__\)(?:\.resolve\(\))?\.parents\[)(\d+)\]", lambda m: f"{m[1]}{int(m[2]) + deeper}]", text
        )
    return text


WHO = re.compile(
    r"(?:(?<=[\s.])|(?<=\"\"\"))[ \n]*(?:Imported|Used|Called) by (?:(?!;)(?:[^.]|\.(?=[\w/])))*\.(?=\s|\"\"\")"
)


def without_importers(source):
    """The source without the sentences of its docstring that say who imports it: the contracts say it."""
    match = re.match(r'\s*"""(.*?)"""', source, re.S)
    if not match:
        return source
    text = WHO.sub("", match[0])
    head = re.sub(r"[ \t]+\n", "\n", text)
    head = re.sub(r"\n{3,}", "\n\n", head)
    head = re.sub(r"\s+\"\"\"$", '"""' if "\n" not in head.strip().rstrip('"').rstrip() else '\n"""', head)
    if head.strip('" \n') == "" or not head.startswith('"""'):
        return source
    if head[3] in " \n":
        head = '"""' + head[3:].lstrip()
    return head + source[match.end() :]


def wrap_long_lines():
    """Break comment and docstring lines that have become longer than 120 columns, at the last space."""
    import io, json, tokenize

    found = subprocess.run(
        [ruff, "check", "--select", "E501", "--output-format", "json", "."], cwd=root, capture_output=True, text=True
    )
    rows = {}
    for item in json.loads(found.stdout):
        rows.setdefault(item["filename"], set()).add(item["location"]["row"])
    for name, numbers in rows.items():
        file = Path(name)
        source = file.read_text()
        inside = {}
        for t in tokenize.generate_tokens(io.StringIO(source).readline):
            if t.type == tokenize.STRING and t.string.startswith('"""'):
                inside |= dict.fromkeys(range(t.start[0], t.end[0] + 1), "")
            if t.type == tokenize.COMMENT and not t.line[: t.start[1]].strip():
                inside[t.start[0]] = "# "
        lines = source.split("\n")
        out = []
        for number, line in enumerate(lines, 1):
            while number in numbers and number in inside and len(line) > 120:
                indent = line[: len(line) - len(line.lstrip())]
                cut = line.rfind(" ", len(indent) + 4, 121)
                out.append(line[:cut])
                line = indent + inside[number] + line[cut + 1 :]
            out.append(line)
        file.write_text("\n".join(out))


contents = {}
for path in tracked:
    full = root / path
    if path.endswith(".py"):
        name = dotted(path)
        contents[path] = rewrite(without_importers(full.read_text()), name, M.get(name, name))
    elif full.suffix in {
        ".md",
        ".toml",
        ".txt",
        ".js",
        ".css",
        ".html",
        ".cfg",
        ".yml",
        ".yaml",
        ".sh",
    } or full.name in {"Makefile", ".gitignore", "NOTICE"}:
        contents[path] = retext(full.read_text())
for path, text in contents.items():
    if (root / path).read_text() != text:
        (root / path).write_text(text)

for old, new in M.items():
    source = root / (old.replace(".", "/") + ".py")
    if not source.exists():
        continue
    is_package = new in PACKAGES.values() or new in {"core.services.evaluation"}
    goal = root / (new.replace(".", "/") + ("/__init__.py" if is_package else ".py"))
    if goal == source:
        continue
    goal.parent.mkdir(parents=True, exist_ok=True)
    # A file in the way (core/training/launch.py, where core/training/launch/ will be) has moved by its own line.
    temporary = goal.with_name(goal.name + ".moving")
    subprocess.run(["git", "mv", str(source), str(temporary)], cwd=root, check=True)
for temporary in [p for p in root.glob("**/*.moving") if ".venv" not in p.parts]:
    subprocess.run(["git", "mv", "-f", str(temporary), str(temporary)[:-7]], cwd=root, check=True)
# What is left of packages that have moved: their __init__, conftest and folders.
for old, new in PACKAGES.items():
    folder, goal = root / old.replace(".", "/"), root / new.replace(".", "/")
    left = subprocess.run(["git", "ls-files", str(folder)], cwd=root, capture_output=True, text=True).stdout.split()
    for item in left:
        to = goal / Path(item).relative_to(old.replace(".", "/"))
        to.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "mv", "-k", item, str(to)], cwd=root, check=True)
for package, words in INITS.items():
    init = root / package.replace(".", "/") / "__init__.py"
    if init.parent.is_dir() and (not init.exists() or not init.read_text().strip()):
        init.write_text(f'"""{words}"""\n')
# Each folder of Python is a package.
for new in {v.rpartition(".")[0] for v in M.values()}:
    folder = root / new.replace(".", "/")
    while folder != root and folder.is_dir():
        if not (folder / "__init__.py").exists():
            (folder / "__init__.py").write_text("")
        folder = folder.parent
pyproject = root / "pyproject.toml"
text = pyproject.read_text()
if (start := text.find('[[tool.importlinter.contracts]]\nname = "core.worker knows')) > 0:
    pyproject.write_text(text[:start] + CONTRACTS)
for path, old, new in PATCHES:
    file = root / path
    if file.exists() and old in file.read_text():
        file.write_text(file.read_text().replace(old, new))
for folder in sorted((p for p in root.glob("**/__pycache__") if ".venv" not in p.parts), reverse=True):
    subprocess.run(["rm", "-rf", str(folder)])
subprocess.run(["find", "core", "tests", "pages", "-type", "d", "-empty", "-delete"], cwd=root)
ruff = str(root / ".venv/bin/ruff")
subprocess.run([ruff, "check", "--select", "I", "--fix", "-q", "."], cwd=root)
subprocess.run([ruff, "format", "-q", "."], cwd=root)
wrap_long_lines()
subprocess.run([ruff, "format", "-q", "."], cwd=root)
subprocess.run(["git", "add", "-A"], cwd=root, check=True)
