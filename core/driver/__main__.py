"""The driver of a sweep, a process: `python -m core.driver SWEEP_FOLDER`.

It starts one ordinary run after the other, reads their validation AP, and gives the answer. It is started in a session
for itself and outlives the page server, as workers do: it holds the lock of its folder, writes its status, and hears a
stop request. It takes no device slot and never imports torch. Killed, it leaves its run training; resumed, it goes on
with that run, from the journal of trials and the state in its folder.
"""

import sys
from functools import partial
from pathlib import Path

from core.driver.checking import check
from core.driver.following import Work, reports_of
from core.driver.search import search
from core.driver.study import Study
from core.services.runs.control import describe_run
from core.services.sweeps.records import (
    COMPLETE,
    SweepFolder,
    SweepState,
    Trial,
    read_plan,
    read_state,
    write_state,
)
from core.settings import Settings, load_settings
from core.training.launch.launcher import LocalLauncher
from core.training.process.attending import attend, end_with_reason
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder
from core.training.run.status import Phase


def main(arguments: list[str], train: LocalLauncher | None = None, evaluate: LocalLauncher | None = None) -> int:
    """Drives the sweep and returns the exit status, as a worker's. Tests pass launchers of quick workers."""
    folder = Path(arguments[0])
    settings = load_settings(folder.resolve().parent.parent)
    return attend(folder, partial(_drive, settings, train, evaluate), end_with_reason)


def _drive(
    settings: Settings,
    train: LocalLauncher | None,
    evaluate: LocalLauncher | None,
    folder: RunFolder,
    reporter: Reporter,
    stop: StopSwitch,
) -> None:
    files = SweepFolder(folder.root)
    plan = read_plan(files)
    state = read_state(files)
    reporter.update(phase=Phase.RUNNING, of_iterations=plan.most_trials, activity="opening the study")
    work = Work(
        settings=settings,
        plan=plan,
        stop=stop,
        tell=lambda activity: reporter.update(activity=activity),
        train=train,
        evaluate=evaluate,
    )

    def keep(changed: SweepState) -> SweepState:
        write_state(files, changed)
        reporter.update(iteration=sum(trial.state == COMPLETE for trial in changed.trials))
        return changed

    if not state.trials:
        state = keep(SweepState(trials=(_base(work),)))
    state = search(work, state, Study(files.journal, plan, state), keep)
    if state.search_ended:
        state = check(work, state, keep)
    if state.answer:
        reporter.end(Phase.FINISHED, state.answer.reason)
    else:
        reporter.end(Phase.STOPPED, "Stopped on request; its run was stopped too, with a checkpoint.")


def _base(work: Work) -> Trial:
    """Trial 0: the run that the sweep began with. It was trained before, so it costs nothing of the budget."""
    run = describe_run(work.settings, work.plan.base)
    return Trial(
        number=0,
        values=work.plan.base_values,
        state=COMPLETE,
        run=run.run,
        ap=run.best.ap if run.best else None,
        ap50=run.best.ap50 if run.best else None,
        reports=tuple(reports_of(work.settings, run.run)),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
