"""The verbs that show and control runs."""

import sys
from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.choices import LEVELS
from core.cli.declaring import Words, verb, wait_option
from core.cli.outcome import Outcome, listed
from core.cli.waiting import run_outcome
from core.services import runs, training
from core.settings import Settings
from core.training.run.status import ENDED, Phase


@verb("runs")
@click.option("--archived", is_flag=True, help="include archived runs")
def runs_verb(settings: Settings, archived: bool) -> Outcome:
    """list of `run` documents without `threshold`, `temperatures`, `samples`, `weights` and `history`"""
    rows = [run.to_json() for run in runs.list_runs(settings, archived)]
    return listed(rows, "run", "name", "dataset_name", "phase", "iteration", "of_iterations", "eta_s", "best")


@verb("run")
@click.argument("run", metavar="ID")
def run_verb(settings: Settings, run: str) -> Any:
    """
    `run, name, dataset, phase, reason, iteration, of_iterations, eta_s, best {iteration, ap, ap50}, turned {iteration,
    training_falls}` (since when validation has become worse; null)`, metrics {name: last value}, failure, retries
    [{failure, cause, change, iteration, knobs}]` (failures after which training retried)`, actor {name, source}` (who
    started it; source: page or command line; null for runs of earlier versions)`, note, note_author, tags, archived,
    group {group, name, kind, place, of, label, origin, share, seed}, notes, threshold` (as `stored` of `threshold`;
    null)`, temperatures` (as `stored` of `calibrate`; null)`, samples [iteration]` (those with sample predictions)`,
    weights {source, groups [{group, loaded, resized, reinitialised, missing, ignored, note}], origins [{words, license,
    sha256}]}` (the start weights' tensors, counted by part of the model; resized: the rows of shared classes only;
    missing: in the model only; ignored: in the file only; origins: of weights that others trained)`, environment
    [{time, iteration, device, seed, data_hash, version, git, python, platform, cuda, threads, packages}]` (each start
    with a change of one of them)`, history [{time, did, actor}]` (resumed, extended, stopped, killed, cancelled,
    renamed, rebuilt)
    """
    return runs.describe_run(settings, run).to_json()


@verb("log")
@click.argument("run", metavar="RUN")
@click.option("--lines", type=int, default=200, help="the most lines, taken from the end")
@click.option("--search", default="", metavar="TEXT", help="only lines with this text, in any case")
@click.option("--regex", is_flag=True, help="the text is a regular expression (RE2)")
@click.option("--level", type=Words(LEVELS), default="info", help="lines of this level and above")
def log_verb(settings: Settings, run: str, lines: int, search: str, regex: bool, level: str) -> Outcome:
    """
    `run, lines, found` (number of matching lines, with those not shown)`, searched_bytes, bytes` (a search reads the
    last 32 MiB)
    """
    # The reader of logs loads pyarrow.
    from core.training.metrics.log_search import LogQuery

    query = LogQuery(lines, search, regex, level)
    view = runs.search_log(settings, run, query)
    texts = [line.text for line in view.lines]
    if not view.is_whole and query.is_narrow:
        print(f"Only the last {view.searched} of {view.size} bytes were searched.", file=sys.stderr)
    document = {"lines": texts, "found": view.match_count, "searched_bytes": view.searched, "bytes": view.size}
    return Outcome(
        document={"run": runs.run_folder(settings, run).root.name, **document},
        text="\n".join(texts),
    )


@verb("stop")
@click.argument("run", metavar="ID")
@wait_option
def stop_verb(settings: Settings, run: str, wait: bool) -> Outcome:
    """as `run`"""
    runs.stop(settings, run, actor=actor_of(settings))
    return run_outcome(settings, run, wait, (Phase.STOPPED, Phase.FINISHED))


@verb("kill")
@click.argument("run", metavar="ID")
@wait_option
def kill_verb(settings: Settings, run: str, wait: bool) -> Outcome:
    """as `run`"""
    runs.kill(settings, run, actor=actor_of(settings))
    return run_outcome(settings, run, wait, ENDED)


@verb("resume")
@click.argument("run", metavar="ID")
@wait_option
def resume_verb(settings: Settings, run: str, wait: bool) -> Outcome:
    """as `run`"""
    runs.resume(settings, run, actor=actor_of(settings))
    return run_outcome(settings, run, wait)


@verb("extend", one_of=(("--iterations", "--epochs"),))
@click.argument("run", metavar="ID")
@click.option("--iterations", type=int, metavar="N", help="number of additional iterations")
@click.option("--epochs", type=float, metavar="E", help="number of additional epochs, instead of iterations")
@wait_option
def extend_verb(settings: Settings, run: str, iterations: int | None, epochs: float | None, wait: bool) -> Outcome:
    """as `run`"""
    if iterations is None and epochs is None:
        raise click.UsageError("One of --iterations and --epochs is required.", click.get_current_context())
    training.extend_run(settings, run, iterations, epochs, actor=actor_of(settings))
    return run_outcome(settings, run, wait)


@verb("repair")
@click.argument("run", metavar="ID")
@click.option("--dry-run", is_flag=True, help="only show the changes")
@wait_option
def repair_verb(settings: Settings, run: str, dry_run: bool, wait: bool) -> Any:
    """
    as `run`, of the run that continues: the same one, or a new one with a changed recipe; with `--dry-run`: `run,
    failure, cause, remedy, exception, possible, words, goes_on_from, changes [{knob, before, after}],
    repaired_by`
    """
    if dry_run:
        return training.repair(settings, run).to_json()
    return run_outcome(settings, training.relaunch(settings, run, actor=actor_of(settings)), wait)
