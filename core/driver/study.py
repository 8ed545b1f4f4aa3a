"""The choice of trials by optuna: a tree-structured Parzen estimator, and the median rule to end poor trials early.

The study is optuna's journal, a file of JSON lines in the sweep's folder; nothing in it is executed when it is read.
Only the driver, which holds the sweep's lock, opens it. A journal that cannot be read is set aside and written anew
from the sweep's state.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState, create_trial

from core.records import put_aside
from core.services.sweeps.records import COMPLETE, FAILED, PRUNED, RUNNING, WAITING, SweepPlan, SweepState, Trial
from core.training.recipe.search_space import Span, combinations

Values = dict[str, float]
_NAME: Final = "sweep"
_NUMBER: Final = "number"  # of a trial in the sweep; the journal has others between
# Drawn at random before the estimator learns; with a handful of trials it would learn from noise.
_STARTUP_TRIALS: Final = 5
# A median of fewer trials says nothing.
_TRIALS_TO_PRUNE: Final = 3
# No trial is ended before this share of its iterations: early on, a lower rate looks worse than it is.
_WARMUP: Final = 1 / 3
_STATES: Final = {COMPLETE: TrialState.COMPLETE, PRUNED: TrialState.PRUNED, FAILED: TrialState.FAIL}
# What optuna raises for a journal of something else.
_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError)


class Study:
    """The study of one sweep. AP is 0 to 1; a step is a number of iterations."""

    def __init__(self, path: Path, plan: SweepPlan, state: SweepState) -> None:
        """Opens the journal, or makes it."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._plan = plan
        self._numbers: dict[int, int] = {}  # of a trial in the sweep -> in the journal
        self._space = {span.name: _distribution(span) for span in plan.spans}
        _mend(path)
        try:
            self._study = self._open(path)
            self._study.get_trials(deepcopy=False)
        except _UNREADABLE:
            put_aside(path)
            self._study = self._open(path)
        self._take_over(state.trials)

    def ask(self, number: int) -> Values | None:
        """The values of trial `number`; None if every combination was tried."""
        tried = self._tried()
        count = combinations(self._plan.spans)
        if count is not None and len(tried) >= count:
            return None
        self._study.sampler = self._sampler(len(self._study.get_trials(deepcopy=False)))
        trial = self._study.ask(self._space)
        if count is not None and _key(trial.params) in tried:
            # The same once more would give the same: take one that is left, by chance.
            self._study.tell(trial, state=TrialState.FAIL)
            left = [values for values in self._combinations() if _key(values) not in tried]
            chosen = np.random.default_rng([self._plan.seed, trial.number]).integers(len(left))
            trial = self._asked(left[int(chosen)])
        self._claim(trial, number)
        return dict(trial.params)

    def report(self, number: int, reports: Sequence[tuple[int, float]]) -> bool:
        """Notes the AP of a trial at each step so far, and returns whether to end it."""
        frozen = self._study.get_trials(deepcopy=False)[self._numbers[number]]
        trial = optuna.trial.Trial(self._study, frozen._trial_id)
        for step, ap in reports:
            if step not in frozen.intermediate_values:
                trial.report(ap, step)
        return trial.should_prune()

    def tell(self, number: int, state: str, ap: float | None) -> None:
        """Notes the end of a trial: COMPLETE, PRUNED or FAILED."""
        value = ap if state == COMPLETE else None
        self._study.tell(self._numbers[number], value, _STATES[state], skip_if_finished=True)

    def _open(self, path: Path) -> optuna.Study:
        # The sweep's lock keeps other processes away, so a lock file that is there is that of a killed driver.
        path.with_name(path.name + ".lock").unlink(missing_ok=True)
        storage = JournalStorage(JournalFileBackend(str(path), JournalFileOpenLock(str(path))))
        pruner = optuna.pruners.MedianPruner(
            n_startup_trials=_TRIALS_TO_PRUNE,
            n_warmup_steps=round(self._plan.iterations * _WARMUP),
            n_min_trials=_TRIALS_TO_PRUNE,
        )
        return optuna.create_study(
            study_name=_NAME,
            storage=storage,
            pruner=pruner,
            sampler=self._sampler(0),
            direction="maximize",
            load_if_exists=True,
        )

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        # Seeded by position: a resumed sweep draws on, where one seed would draw the first trials again.
        return optuna.samplers.TPESampler(seed=self._plan.seed * 1009 + number, n_startup_trials=_STARTUP_TRIALS)

    def _take_over(self, trials: Sequence[Trial]) -> None:
        """Brings the journal in line with the state: after a kill between the two, or the loss of the journal."""
        numbers = {trial.number for trial in trials}
        for stored in self._study.get_trials(deepcopy=False):
            number = stored.user_attrs.get(_NUMBER)
            if number in numbers:
                self._numbers[number] = stored.number
            elif stored.state == TrialState.RUNNING:
                self._study.tell(stored.number, state=TrialState.FAIL)
        for trial in trials:
            if trial.number in self._numbers:
                continue
            if trial.state in (WAITING, RUNNING):
                self._claim(self._asked(trial.values), trial.number)
            else:
                self._add(trial)

    def _add(self, trial: Trial) -> None:
        """Adds a trial that has ended: the base, which was trained before, or one of a journal that was lost."""
        is_complete = trial.state == COMPLETE and trial.ap is not None
        self._study.add_trial(
            create_trial(
                state=TrialState.COMPLETE if is_complete else TrialState.FAIL,
                params=trial.values,
                distributions=self._space,
                intermediate_values=dict(trial.reports),
                value=trial.ap if is_complete else None,
                user_attrs={_NUMBER: trial.number},
            )
        )
        self._numbers[trial.number] = len(self._study.get_trials(deepcopy=False)) - 1

    def _asked(self, values: Values) -> optuna.trial.Trial:
        """A new trial with these values."""
        self._study.enqueue_trial(values)
        return self._study.ask(self._space)

    def _claim(self, trial: optuna.trial.Trial, number: int) -> None:
        trial.set_user_attr(_NUMBER, number)
        self._numbers[number] = trial.number

    def _tried(self) -> set[tuple[float, ...]]:
        ended = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
        trials = self._study.get_trials(deepcopy=False, states=ended)
        return {_key(trial.params) for trial in trials if len(trial.params) == len(self._space)}

    def _combinations(self) -> list[Values]:
        names = [span.name for span in self._plan.spans]
        every = itertools.product(*(span.choices for span in self._plan.spans))
        return [dict(zip(names, values, strict=True)) for values in every]


def _key(values: Values) -> tuple[float, ...]:
    return tuple(values[name] for name in sorted(values))


def _distribution(span: Span) -> BaseDistribution:
    if span.choices:
        return CategoricalDistribution(span.choices)
    return FloatDistribution(span.low, span.high, log=span.by_ratio)


def _mend(path: Path) -> None:
    """Cuts off half a last line: its writer was killed, and the next line would be added to it."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as handle:
            handle.truncate(len(whole))
