#!/usr/bin/env python3
# ruff: noqa
# mypy: ignore-errors
"""Give each package of core.services a door: what pages, the command line and the tests use is in its `__all__`.

python doors.py CHECKOUT   (after move.py)
"""

import ast, subprocess, sys
from collections import defaultdict
from pathlib import Path

root = Path(sys.argv[1]).resolve()
S = "core.services"
RENAMES = {  # old module.function -> new name
    f"{S}.evaluation.summary.summary": "summarise",
    f"{S}.evaluation.slices.slices": "score_slices",
    f"{S}.evaluation.advice.advice": "give_advice",
    f"{S}.evaluation.thresholds.store": "store_threshold",
    f"{S}.evaluation.thresholds.suggest": "suggest_threshold",
    f"{S}.evaluation.thresholds.of_stored": "stored_threshold",
    f"{S}.label_review.review.review": "review_labels",
    f"{S}.runs.queue.queue": "list_queue",
    f"{S}.runs.queue.place": "queue_position",
    f"{S}.runs.queue.cancel": "cancel_waiting",
    f"{S}.runs.samples.IOU": "SAMPLE_IOU",
    f"{S}.training.start.plan": "plan_run",
    f"{S}.training.start.start": "start_run",
    f"{S}.training.extend.extend": "extend_run",
    f"{S}.training.preflight.preflight": "run_preflight",
    f"{S}.training.preview.preview": "render_preview",
    f"{S}.training.preview.SAMPLES": "PREVIEW_SAMPLES",
    f"{S}.training.rerun.repeat": "repeat_run",
    f"{S}.training.groups.wait": "wait_for_group",
}
MODULES = {f"{S}.training.train_on_everything": f"{S}.training.all_splits"}
PACKAGES = ["datasets", "evaluation", "html_report", "label_review", "runs", "training"]
files = [
    p
    for p in subprocess.run(
        ["git", "ls-files", "*.py"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    if (root / p).exists() and not p.startswith("tools/move_modules")
]
DOOR = root / "core/services/evaluation/door.py"
# Where the names of evaluation's door come from.
home = {}
if DOOR.exists():
    for n in ast.parse(DOOR.read_text()).body:
        if isinstance(n, ast.ImportFrom):
            for a in n.names:
                home[a.name] = n.module
START = root / "core/services/training/start.py"


def module_file(module):
    return root / (module.replace(".", "/") + ".py")


modules = {
    f"{S}.{p}.{f.stem}": p
    for p in PACKAGES
    for f in (root / "core/services" / p).glob("*.py")
    if f.stem not in ("__init__",)
}


# Names that another module of the services only passes on, e.g. start's OpenPlan: asked at the module that defines them.
def defined_in(module):
    out = set()
    for n in ast.parse(module_file(module).read_text()).body:
        if isinstance(n, (ast.FunctionDef, ast.ClassDef)):
            out.add(n.name)
        if isinstance(n, ast.Assign):
            out |= {t.id for t in n.targets if isinstance(t, ast.Name)}
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name):
            out.add(n.target.id)
    return out


defs = {m: defined_in(m) for m in modules}
imports = {}
for m in modules:
    imports[m] = {}
    for n in ast.parse(module_file(m).read_text()).body:
        if isinstance(n, ast.ImportFrom) and n.module:
            for a in n.names:
                imports[m][a.asname or a.name] = (n.module, a.name)


def resolve(module, name):
    """(module, name) of the definition, following re-exports inside the services; None for no name of theirs."""
    if module == f"{S}.evaluation.door" or module == f"{S}.evaluation":
        if name in home:
            return resolve(home[name], name) or (home[name], name)
    if module in defs and name in defs[module]:
        return module, name
    if module in imports and name in imports[module]:
        other, old = imports[module][name]
        return resolve(other, old) or (other, old)
    return None


def package_of(module):
    return modules.get(module)


exports = defaultdict(dict)  # package -> public name -> defining module


def public(module, name):
    return RENAMES.get(f"{module}.{name}", name)


parsed = {p: ast.parse((root / p).read_text()) for p in files}


def outside(p):
    return not p.startswith("core/services/")


def aliases(tree):
    found = {}
    for n in ast.walk(tree):
        if isinstance(n, ast.ImportFrom) and n.module and (n.module == S or n.module.startswith(S + ".")):
            for a in n.names:
                if f"{n.module}.{a.name}" in modules:
                    found[a.asname or a.name] = f"{n.module}.{a.name}"
    return found


def note(package, module, name):
    pub = public(module, name)
    if exports[package].setdefault(pub, module) != module:
        raise SystemExit(f"{package}: {pub} is in {module} and {exports[package][pub]}")


for p, tree in parsed.items():
    if not outside(p) or p.startswith("tests/"):
        continue
    known = aliases(tree)
    for n in ast.walk(tree):
        pairs = []
        if isinstance(n, ast.ImportFrom) and n.module in modules:
            pairs = [(n.module, a.name) for a in n.names]
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in known:
            pairs = [(known[n.value.id], n.attr)]
        for module, name in pairs:
            if name.startswith("_"):
                continue
            there = resolve(module, name)
            if there:
                note(modules[module], *there)
# Tests drive these through the door too.
for p, tree in parsed.items():
    if not p.startswith("tests/"):
        continue
    for n in ast.walk(tree):
        if isinstance(n, ast.ImportFrom) and n.module == f"{S}.evaluation.door":
            for a in n.names:
                if there := resolve(n.module, a.name):
                    note("evaluation", *there)


class Scopes(ast.NodeVisitor):
    """Name nodes of module-level names, not those that a function binds for its own."""

    def __init__(self, wanted):
        self.wanted, self.stack, self.found = wanted, [], []

    def _bound(self, node):
        out = set()
        for n in ast.walk(node):
            if isinstance(n, ast.arg):
                out.add(n.arg)
            elif isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
                out.add(n.id)
        return out

    def visit_FunctionDef(self, node):
        for d in node.decorator_list:
            self.visit(d)
        for d in [*node.args.defaults, *[k for k in node.args.kw_defaults if k]]:
            self.visit(d)
        if node.returns:
            self.visit(node.returns)
        self.stack.append(self._bound(node))
        [self.visit(b) for b in node.body]
        self.stack.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Name(self, node):
        if node.id in self.wanted and not any(node.id in s for s in self.stack):
            self.found.append(node)


def edit(path, tree):
    source = (root / path).read_text()
    raw = source.encode()
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    at = lambda l, c: starts[l - 1] + c
    edits = []
    module = path[:-3].replace("/", ".")
    inside = not outside(path)
    local = {}  # module-level name -> new name
    if inside:
        for full, new in RENAMES.items():
            mod, _, old = full.rpartition(".")
            if mod == module:
                local[old] = new
                for n in tree.body:
                    if isinstance(n, ast.FunctionDef) and n.name == old:
                        where = raw.index(b"def " + old.encode(), at(n.lineno, 0)) + 4
                        edits.append((where, where + len(old.encode()), new))
                    if isinstance(n, (ast.Assign, ast.AnnAssign)):
                        for t in n.targets if isinstance(n, ast.Assign) else [n.target]:
                            if isinstance(t, ast.Name) and t.id == old:
                                edits.append((at(t.lineno, t.col_offset), at(t.end_lineno, t.end_col_offset), new))
    all_bound = (
        {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        | {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    )
    known = aliases(tree)
    attribute_uses = defaultdict(list)
    loads = defaultdict(int)
    for n in ast.walk(tree):
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in known:
            attribute_uses[n.value.id].append(n)
        if isinstance(n, ast.Name) and n.id in known:
            loads[n.id] += 1
    replaced = {}  # alias -> (package, local) that goes through the door
    taken = {}
    for n in ast.walk(tree):
        if not isinstance(n, ast.ImportFrom) or not n.module or not (n.module == S or n.module.startswith(S + ".")):
            continue
        groups = defaultdict(list)
        changed = False
        for a in n.names:
            full = f"{n.module}.{a.name}"
            name = a.asname or a.name
            if full in modules:  # a module of the services
                package = modules[full]
                uses = attribute_uses[name]
                through = (
                    outside(path)
                    and len(uses) == loads[name]
                    and uses
                    and all(
                        (there := resolve(full, u.attr)) and exports[package].get(public(*there)) == there[0]
                        for u in uses
                    )
                )
                if through:
                    changed = True
                    given = package if package not in all_bound or package == name and False else name
                    if package in all_bound and package not in known:
                        given = name
                    elif package in all_bound and package in known and modules[known[package]] != package:
                        given = name
                    else:
                        given = package
                    if given != package and package in taken:
                        given = taken[package]
                    taken.setdefault(package, given)
                    given = taken[package]
                    groups[S].append(package if given == package else f"{package} as {given}")
                    for u in uses:
                        there = resolve(full, u.attr)
                        edits.append(
                            (
                                at(u.value.lineno, u.value.col_offset),
                                at(u.end_lineno, u.end_col_offset),
                                f"{given}.{public(*there)}",
                            )
                        )
                    continue
                new = MODULES.get(full, full)
                if full == f"{S}.evaluation.door":
                    changed = True
                    groups[S].append(f"evaluation as {name}")
                    for u in uses:
                        there = resolve(full, u.attr)
                        if there:
                            edits.append(
                                (
                                    at(u.value.lineno, u.value.col_offset),
                                    at(u.end_lineno, u.end_col_offset),
                                    f"{name}.{public(*there)}",
                                )
                            )
                    continue
                if new != full:
                    changed = True
                head, _, last = new.rpartition(".")
                groups[head].append(last if name == last else f"{last} as {name}")
                for u in uses:
                    there = resolve(full, u.attr)
                    if there and public(*there) != there[1]:
                        edits.append(
                            (
                                at(u.value.lineno, u.value.col_offset),
                                at(u.end_lineno, u.end_col_offset),
                                f"{name}.{public(*there)}",
                            )
                        )
                continue
            there = resolve(n.module, a.name) if n.module in modules else None
            if there is None:
                groups[MODULES.get(n.module, n.module)].append(a.name + (f" as {a.asname}" if a.asname else ""))
                changed |= n.module in MODULES
                continue
            new = public(*there)
            package = modules[n.module]
            if outside(path) and exports[package].get(new) == there[0]:
                goal = f"{S}.{package}"
            elif inside and (n.module == f"{S}.evaluation.door" or new != a.name):
                goal = MODULES.get(there[0], there[0])
            elif n.module == f"{S}.evaluation.door":
                goal = f"{S}.evaluation"
            else:
                goal = MODULES.get(n.module, n.module)
            if goal != n.module or new != a.name:
                changed = True
            if new != a.name and not a.asname and new not in all_bound:
                local[a.name] = new
                groups[goal].append(new)
            elif new != a.name:
                groups[goal].append(f"{new} as {name}")
            else:
                groups[goal].append(a.name + (f" as {a.asname}" if a.asname else ""))
        if changed:
            indent = " " * n.col_offset
            text = ("\n" + indent).join(
                f"from {m} import "
                + (
                    ", ".join(dict.fromkeys(v))
                    if len(v) < 5
                    else "(\n" + indent + "    " + f",\n{indent}    ".join(dict.fromkeys(v)) + f",\n{indent})"
                )
                for m, v in groups.items()
            )
            edits.append((at(n.lineno, n.col_offset), at(n.end_lineno, n.end_col_offset), text))
    if inside:
        for n in tree.body:
            if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in n.targets):
                edits.append((at(n.lineno, 0), at(n.end_lineno, n.end_col_offset), ""))
    if local:
        visitor = Scopes(local)
        visitor.visit(tree)
        for n in visitor.found:
            if isinstance(n.ctx, ast.Load):
                edits.append((at(n.lineno, n.col_offset), at(n.end_lineno, n.end_col_offset), local[n.id]))
    out, pos = [], 0
    for start, end, text in sorted(set(edits)):
        if start < pos:
            raise SystemExit(f"{path}: edits overlap at {start}: {text}")
        out += [raw[pos:start].decode(), text]
        pos = end
    out.append(raw[pos:].decode())
    text = "".join(out)
    for old, new in MODULES.items():
        text = text.replace(f'"{old}.', f'"{new}.')
    for full, new in RENAMES.items():
        text = text.replace(f'"{full}"', f'"{full.rpartition(".")[0]}.{new}"')
    text = text.replace(f"{S}.evaluation.door", f"{S}.evaluation")
    if text != source:
        (root / path).write_text(text)


for path, tree in parsed.items():
    if path != "core/services/evaluation/door.py":
        edit(path, tree)
if DOOR.exists():
    subprocess.run(["git", "rm", "-qf", str(DOOR)], cwd=root, check=True)
for old, new in MODULES.items():
    if module_file(old).exists():
        subprocess.run(["git", "mv", str(module_file(old)), str(module_file(new))], cwd=root, check=True)
for package in PACKAGES:
    init = root / "core/services" / package / "__init__.py"
    doc = ast.get_docstring(ast.parse(init.read_text())) or ""
    lines = [f'"""{doc}"""', ""]
    by = defaultdict(list)
    for name, module in exports[package].items():
        by[MODULES.get(module, module)].append(name)
    lines += [f"from {m} import (\n    " + ",\n    ".join(sorted(by[m])) + ",\n)" for m in sorted(by)]
    lines += [
        "",
        "__all__ = [",
        *[f'    "{n}",' for n in sorted(exports[package], key=lambda n: (not n.isupper(), n[0].islower(), n))],
        "]",
        "",
    ]
    init.write_text("\n".join(lines))
PREVIEW = root / "pages/sections/train/preview.py"
PREVIEW.write_text(
    PREVIEW.read_text().replace(
        '    place = f"Pictures {first + 1} to {first + training.PREVIEW_SAMPLES} of',
        '    last = first + training.PREVIEW_SAMPLES\n    place = f"Pictures {first + 1} to {last} of',
    )
)
ruff = str(root / ".venv/bin/ruff")
subprocess.run([ruff, "check", "--select", "I,F401,RUF022", "--fix", "-q", "."], cwd=root)
subprocess.run([ruff, "format", "-q", "."], cwd=root)
subprocess.run(["git", "add", "-A"], cwd=root, check=True)
