"""Each verb: arguments in, the desk called, a document out."""

import sys
from argparse import Namespace
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from core.cli import (
    advice,
    boxes,
    comparing,
    groups,
    models,
    queueing,
    rebuilding,
    recipes,
    reports,
    run_keeping,
    seals,
    slices,
    suspects,
    thresholds,
)
from core.cli.progress import progress_bar
from core.cli.values import pairs
from core.errors import AppError
from core.services import datasets, evaluation, runs, training
from core.services.datasets import make_demo
from core.settings import Settings, load_settings
from core.training.metrics.log_search import LogQuery
from core.training.run.status import ENDED, Phase

_SUCCESS = (Phase.FINISHED,)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What goes to standard output, and the exit code.

    `columns` are those that a list shows as text; None: all. `text` is printed without --json instead of the document.
    """

    document: Any
    exit_code: int = 0
    columns: tuple[str, ...] | None = None
    text: str | None = None


def run_verb(arguments: Namespace) -> Outcome:
    """Do what was asked. Raises AppError for a user's mistake."""
    settings = load_settings(arguments.workspace)
    result = _VERBS[arguments.verb](settings, arguments)
    return result if isinstance(result, Outcome) else Outcome(result)


def _demo(settings: Settings, given: Namespace) -> Any:
    with progress_bar() as progress:
        return make_demo(given.out, given.images, given.seed, given.size, given.faults, progress)


def _import_options(given: Namespace) -> datasets.ImportOptions:
    names = tuple(name.strip() for name in given.names.split(",")) if given.names else None
    if given.verb == "inspect":
        return datasets.ImportOptions(format=given.format, coordinates=given.coordinates, names=names)
    return datasets.ImportOptions(
        name=given.name,
        format=given.format,
        coordinates=given.coordinates,
        names=names,
        split=given.split,
        seed=given.seed,
        group=given.group,
        empty=given.empty,
        class_map=pairs(given.map, "--map", "OLD=NEW"),
        leave_out_blocked=given.leave_out == "blocked",
    )


def _inspect(settings: Settings, given: Namespace) -> Any:
    with progress_bar() as progress:
        inspection = datasets.inspect(settings, given.path, _import_options(given), progress)
    datasets.discard(settings, inspection)
    return inspection.to_json()


def _import(settings: Settings, given: Namespace) -> Any:
    with progress_bar() as progress:
        return datasets.import_dataset(settings, given.path, _import_options(given), progress).to_json()


def _datasets(settings: Settings, given: Namespace) -> Any:
    found = [summary.to_json() for summary in datasets.list_datasets(settings)]
    return Outcome(
        found, columns=_with_damage(found, "id", "name", "version", "images", "annotations", "splits", "ready")
    )


def _dataset(settings: Settings, given: Namespace) -> Any:
    return datasets.describe_dataset(settings, given.dataset)


def _with_damage(rows: list[dict[str, Any]], *columns: str) -> tuple[str, ...]:
    """The columns that a list shows as text, and what is damaged where something is."""
    return (*columns, "damaged") if any(row["damaged"] for row in rows) else columns


def _models(settings: Settings, given: Namespace) -> Any:
    found = models.models(settings, given)
    return Outcome(found, columns=_with_damage(found, *models.COLUMNS))


def _train(settings: Settings, given: Namespace) -> Any:
    if (given.seeds or given.folds) and not given.like:
        return _grouped(groups.start(settings, given, recipes.train_request(settings, given)), given)
    run = recipes.start(settings, given)
    if given.wait:
        return _waited(settings, run, _SUCCESS)
    state = runs.describe_run(settings, run)
    return {"run": state["run"], "phase": state["phase"]}


def _waited(settings: Settings, run: str, hoped_for: Collection[Phase]) -> Outcome:
    """The run's document once it has ended; exit 2, with the error beside it, unless it ended as hoped."""
    with progress_bar() as progress:
        state = runs.wait(settings, run, progress)
    if Phase(state["phase"]) in hoped_for:
        return Outcome(state)
    message = f"Run {state['name']} is {state['phase']}: {state['reason'] or 'no reason was recorded'}"
    remedy = state.get("remedy") or f"Read its log, then `python -m core resume {state['run']}`."
    return Outcome({**state, **AppError(message, remedy).as_dict()}, exit_code=2)


def _grouped(document: Any, given: Namespace) -> Outcome:
    """The group's document; after waiting exit 2, with the error beside it, unless every run finished."""
    left = groups.unfinished(document) if given.wait else []
    if not left:
        return Outcome(document)
    error = AppError(f"Not finished: {', '.join(left)}.", "Look at them, then resume or repair them.")
    return Outcome({**document, **error.as_dict()}, exit_code=2)


def _runs(settings: Settings, given: Namespace) -> Any:
    found = runs.list_runs(settings, given.archived)
    columns = ("run", "name", "dataset_name", "phase", "iteration", "of_iterations", "eta_s", "best")
    return Outcome(found, columns=_with_damage(found, *columns))


def _run(settings: Settings, given: Namespace) -> Any:
    return runs.describe_run(settings, given.run)


def _log(settings: Settings, given: Namespace) -> Any:
    query = LogQuery(given.lines, given.search, given.regex, given.level)
    view = runs.search_log(settings, given.run, query)
    lines = [line.text for line in view.lines]
    if not view.is_whole and query.is_narrow:
        print(f"Only the last {view.searched} of {view.size} bytes were searched.", file=sys.stderr)
    document = {"lines": lines, "found": view.found, "searched_bytes": view.searched, "bytes": view.size}
    return Outcome({"run": runs.run_folder(settings, given.run).root.name, **document}, text="\n".join(lines))


def _steer(act: Callable[[Settings, str], None], hoped_for: Collection[Phase]) -> Callable[[Settings, Namespace], Any]:
    """The verb that does `act` to a run and, with --wait, waits for one of the phases hoped for."""

    def verb(settings: Settings, given: Namespace) -> Any:
        act(settings, given.run)
        return _waited(settings, given.run, hoped_for) if given.wait else runs.describe_run(settings, given.run)

    return verb


def _extend(settings: Settings, given: Namespace) -> Any:
    training.extend_run(settings, given.run, given.iterations, given.epochs)
    return _waited(settings, given.run, _SUCCESS) if given.wait else runs.describe_run(settings, given.run)


def _repair(settings: Settings, given: Namespace) -> Any:
    if given.dry_run:
        return training.repair(settings, given.run).to_json()
    run = training.relaunch(settings, given.run)
    return _waited(settings, run, _SUCCESS) if given.wait else runs.describe_run(settings, run)


def _evaluate(settings: Settings, given: Namespace) -> Any:
    has_files = given.truth is not None or given.detections is not None
    forms = [bool(given.run), bool(given.model), has_files]
    if sum(forms) != 1 or (given.truth is None) != (given.detections is None):
        raise AppError(
            "evaluate wants either RUN, or --model, or both --truth and --detections.", "Give one of the three forms."
        )
    repair = evaluation.causes_of(given.repair.split(","))
    with progress_bar() as progress:
        if has_files:
            key = evaluation.evaluate_files(
                settings, given.truth, given.detections, given.images, score=given.score, iou=given.iou
            )
        else:
            request = evaluation.EvaluationRequest(
                run=given.run,
                split=given.split,
                dataset=given.dataset,
                checkpoint=given.checkpoint,
                score=given.score,
                iou=given.iou,
                model=given.model,
                mirrored=given.mirrored,
            )
            key = evaluation.start_evaluation(settings, request)
            evaluation.wait_for_evaluation(settings, key, progress)
    opened = seals.open_and_say(settings, key)
    return evaluation.summarise(opened, given.score, given.iou, repair)


def _advice(settings: Settings, given: Namespace) -> Any:
    document = advice.advice(settings, given)
    return Outcome(document, text=advice.as_text(document))


_VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {
    "demo": _demo,
    "inspect": _inspect,
    "import": _import,
    "datasets": _datasets,
    "dataset": _dataset,
    "preview": recipes.preview,
    "models": _models,
    "model-add": models.add,
    "preflight": recipes.preflight,
    "train": _train,
    "group": lambda settings, given: _grouped(groups.show(settings, given), given),
    "runs": _runs,
    "run": _run,
    "log": _log,
    "stop": _steer(runs.stop, (Phase.STOPPED, Phase.FINISHED)),
    "kill": _steer(runs.kill, ENDED),
    "resume": _steer(runs.resume, _SUCCESS),
    "extend": _extend,
    "queue": queueing.queue,
    "repair": _repair,
    "evaluate": _evaluate,
    **comparing.VERBS,
    **run_keeping.VERBS,
    **rebuilding.VERBS,
    **thresholds.VERBS,
    **seals.VERBS,
    **suspects.VERBS,
    **slices.VERBS,
    "advice": _advice,
    **reports.VERBS,
    **boxes.VERBS,
}
