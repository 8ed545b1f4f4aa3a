"""Every public service is in one of these tables; those that change something cannot be called without an actor.

A new service goes into CHANGES, unless another table gives the reason why it needs no actor.
"""

import ast
import functools
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

import core.services
from core.actor import Actor

ROOT = Path(__file__).parents[2]

CHANGES: Final = {
    "agreement": set[str](),
    "datasets": {"import_dataset", "open_upload"},
    "evaluation": {
        "error_bars",
        "evaluate_files",
        "open_seal",
        "start_evaluation",
        "store_temperatures",
        "store_threshold",
    },
    "html_report": set[str](),
    "label_review": {"decide", "make_corrected"},
    "models": {"add_model"},
    "rebuilding": {"rebuild"},
    "runs": {
        *("archive", "cancel_waiting", "change_tags", "delete", "empty_old", "kill", "move_by", "move_to"),
        *("prioritise", "purge", "rename", "restore", "resume", "stop", "unarchive", "write_note"),
    },
    "sweeps": {"resume_sweep", "start_sweep", "stop_sweep"},
    "training": {
        *("extend_run", "relaunch", "repeat_run", "run_preflight", "start_folds", "start_preflight", "start_run"),
        *("start_learning_curve", "start_seeds", "stop_preflight", "train_on_everything"),
    },
    "versions": {"change_classes"},
    "zoo_weights": set[str](),
}
# Fills or removes an upload. `open_upload` has recorded its actor, and only one page or command knows its secret id.
IN_OWN_UPLOAD: Final = {"datasets": {"add_files", "discard", "discard_upload", "inspect", "inspect_images"}}
# Writes to a path of the caller and changes nothing in the workspace.
OUTSIDE: Final = {
    "agreement": {"write_differences"},
    "datasets": {"make_demo"},
    "html_report": {"write_report"},
    "training": {"save_preview"},
}
# Caches results that do not depend on the actor: small images, resamples of a comparison, keys, previews.
CACHES: Final = {
    "datasets": {"thumbnail"},
    "evaluation": {"differences", "evaluation_crop", "evaluation_image"},
    "training": {"config_keys", "render_preview"},
}
READS: Final = {
    "agreement": {"agreement_json", "compare_labels", "differences_csv"},
    "datasets": {
        *(
            "describe_dataset",
            "finding_image",
            "findings_csv",
            "format_ids",
            "attribute_names",
            "attribute_values",
            "attributes_on",
            "attributes_to_ignore",
            "group_examples",
            "source_image",
            "findings_table_csv",
            "image_path",
            "list_datasets",
        ),
        *("object_masks", "open_version", "filter_images", "safe_name", "stored_finding_image", "too_large"),
        *("thresholds_of", "upload_folder", "check_again", "deep_images", "with_known_range"),
    },
    "evaluation": {
        *(
            "address_of",
            "advice_json",
            "attribute_names",
            "attribute_values",
            "boxes_on",
            "causes_of",
            "compare",
            "comparison_summary",
            "crop_place",
        ),
        *("calibration_before_after", "calibration_by_class", "calibration_json", "fit_temperatures"),
        *("notes_on_calibration", "stored_temperatures"),
        *("evaluation_to_choose_on", "expected_seconds", "find_slice"),
        *("give_advice", "image_file", "kept_differences", "kept_error_bars", "list_evaluations", "list_openings"),
        *("evaluation_state", "find_seal", "notes_on_stored", "object_rows", "objects_json", "open_evaluation"),
        *("openings_json", "paired_notes", "paired_of", "image_boxes", "image_of_both", "image_rows"),
        *(
            "refreshed",
            "request_notes",
            "score_slices",
            "slice_words",
            "slices_json",
            "stored_threshold",
            "suggest_threshold",
        ),
        *("summarise", "thresholds_json", "validation_of", "wait_for_evaluation", "why_not_to_choose"),
    },
    "html_report": {"make_report"},
    "label_review": {"find_corrected", "next_version", "rescore", "review_json", "review_labels", "label_issue_image"},
    "models": {
        *("damaged_models", "describe_model", "find_any_model", "find_custom_model", "list_models", "custom_models"),
        "weights_sources",
    },
    "rebuilding": {"can_rebuild"},
    "runs": {
        *("describe_run", "devices", "list_queue", "list_runs", "list_trash", "log_file"),
        *("open_curves", "queue_position", "read_curves", "read_log", "read_metrics", "read_samples"),
        *("run_folder", "search_log", "wait"),
    },
    "sweeps": {"budget_of", "caveat_of", "describe_sweep", "list_sweeps", "sweepable_spans", "wait_for_sweep"},
    "training": {
        *("check_overrides", "default_preset", "describe_group", "exposure", "groups_among", "has_downloaded"),
        "learning_curve",
        *("preflight_state", "objects_without_mask", "parse_expert_yaml", "plan_run", "repair", "size_shares"),
        *("wait_for_group", "with_batch"),
    },
    "versions": {"compare_versions", "preview_classes"},
    "zoo_weights": {"check_weights", "weights_files", "weights_place"},
}
NEED_NOBODY: Final = (IN_OWN_UPLOAD, OUTSIDE, CACHES, READS)


def doors() -> list[ModuleType]:
    """The packages and modules that pages and command line import."""
    return [
        importlib.import_module(f"core.services.{iter_module.name}")
        for iter_module in pkgutil.iter_modules(core.services.__path__)
    ]


def name_of(door: ModuleType) -> str:
    return door.__name__.rpartition(".")[2]


def services_of(door: ModuleType) -> dict[str, Callable[..., Any]]:
    """The public functions of a package (its `__all__`) or module."""
    own = [name for name, value in vars(door).items() if getattr(value, "__module__", "") == door.__name__]
    names = getattr(door, "__all__", [name for name in own if not name.startswith("_")])
    return {name: getattr(door, name) for name in names if inspect.isfunction(getattr(door, name))}


EVERY: Final = [
    pytest.param(name, function, name_of(door), id=f"{name_of(door)}.{name}")
    for door in doors()
    for name, function in services_of(door).items()
]


@pytest.mark.parametrize("door", doors(), ids=name_of)
def test_each_service_is_said_to_change_something_or_why_it_needs_no_actor(door: ModuleType) -> None:
    key = name_of(door)
    listed = [name for table in (CHANGES, *NEED_NOBODY) for name in table.get(key, ())]
    assert sorted(listed) == sorted(services_of(door))


@pytest.mark.parametrize(("name", "service", "door"), EVERY)
def test_a_service_takes_an_actor_by_keyword_if_it_changes_something_and_else_none(
    name: str, service: Callable[..., Any], door: str
) -> None:
    parameter = inspect.signature(service).parameters.get("actor")
    if name not in CHANGES[door]:
        assert parameter is None
        return
    assert parameter is not None
    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    assert parameter.default is inspect.Parameter.empty
    assert inspect.get_annotations(service, eval_str=True)["actor"] is Actor


# Functions that write into the workspace, as core.services calls them.
WRITERS: Final = {
    *("write_json", "append_json_line", "atomic_writer", "write_text", "write_bytes", "mkdir", "rename", "rmtree"),
    *(
        "note_change",
        "publish",
        "change_decisions",
        "write_notes",
        "store_thresholds",
        "write_temperatures",
        "log_opening",
    ),
    *("keep_error_bars", "make_run", "write_run", "ask_to_stop"),
}
FOLLOWED: Final = ("core.services", "core.workspace", "core.training.launch")


def calls_of(service: Callable[..., Any]) -> set[str]:
    """The names of all functions that a service calls, directly and through functions of FOLLOWED."""
    names, todo, seen = set[str](), [service], set[Callable[..., Any]]()
    while todo:
        function = todo.pop()
        if function not in seen:
            seen.add(function)
            called, known = read(function)
            names |= called
            todo += known
    return names


@functools.cache
def read(function: Callable[..., Any]) -> tuple[set[str], list[Callable[..., Any]]]:
    """The names that a function calls, and the functions of FOLLOWED that it names."""
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))))
    called = {called_name(node.func) for node in nodes if isinstance(node, ast.Call)}
    meant = [meant_by(node, inspect.unwrap(function).__globals__) for node in nodes]
    return called, [one for one in meant if inspect.isfunction(one) and one.__module__.startswith(FOLLOWED)]


def called_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def meant_by(node: ast.AST, names: dict[str, Any]) -> object:
    """The object of a name, or of a name in a module."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return getattr(names.get(node.value.id), node.attr, None)
    return names.get(node.id) if isinstance(node, ast.Name) else None


@pytest.mark.parametrize(
    "service",
    [pytest.param(getattr(door, name), id=name) for door in doors() for name in sorted(READS[name_of(door)])],
)
def test_what_is_said_to_read_reaches_nothing_that_writes(service: Callable[..., Any]) -> None:
    assert calls_of(service) & WRITERS == set()


@pytest.mark.parametrize(
    "service",
    [pytest.param(getattr(door, name), id=name) for door in doors() for name in sorted(CHANGES[name_of(door)])],
)
def test_what_is_said_to_change_something_reaches_what_writes(service: Callable[..., Any]) -> None:
    """Shows that the test above can fail: the same walk finds the writers of each service with an actor."""
    assert calls_of(service) & WRITERS


@pytest.mark.parametrize("folder", ["core", "pages"])
def test_the_actor_of_a_process_is_made_in_one_place_of_each_door(folder: str) -> None:
    makers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("process_actor", "Actor")
    }
    assert makers == {"core": {"core/actor.py", "core/cli/actor.py"}, "pages": {"pages/widgets/actor.py"}}[folder]
