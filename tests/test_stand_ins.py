"""Stand-ins for the worker replace what costs time and nothing else: queue, lock and entry stay the product's."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FACTORIES = ROOT / "tests" / "factories"
STAND_INS = sorted([*FACTORIES.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
# The worker's own line takes these; who takes one in its place has written that line again.
OF_THE_WORKER = {"Ticket", "wait_for_slots", "wait_for_device", "SlotRequest", "attend", "take"}


@pytest.mark.parametrize("path", STAND_INS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_stand_in_writes_the_workers_way_to_its_slot_again(path: Path) -> None:
    imported = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("core.")
        for alias in node.names
    }
    assert not imported & OF_THE_WORKER


@pytest.mark.parametrize(
    "name",
    ["workers/tiny_worker", "workers/eager_worker", "workers/failing_worker", "workers/dying_worker", "evaluations"],
)
def test_every_stand_in_for_the_worker_is_its_entry_with_another_engine(name: str) -> None:
    tree = ast.parse((FACTORIES / f"{name}.py").read_text())
    entry = next(node for node in tree.body if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test))
    ends = [ast.unparse(node) for node in ast.walk(entry) if isinstance(node, ast.Call)]
    assert any(call.startswith("sys.exit(main(sys.argv[") for call in ends)
    (imported,) = [
        node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "core.worker.__main__"
    ]
    assert [alias.name for alias in imported.names] == ["main"]
