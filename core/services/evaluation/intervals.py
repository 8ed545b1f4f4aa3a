"""Error bars of an evaluation: computed once by bootstrap over its images, and kept beside it."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from core.actor import Actor
from core.evaluation.intervals.bootstrap import RESAMPLES, Replicates, bootstrap, check_resamples
from core.evaluation.intervals.files import (
    ErrorBars,
    keep_error_bars,
    keep_replicates,
    load_error_bars,
    load_replicates,
)
from core.evaluation.intervals.intervals import estimate, images_of_each
from core.evaluation.intervals.ranked_matches import rank_matches
from core.progress import Progress
from core.services.evaluation.opened import OpenEvaluation
from core.settings import Settings
from core.workspace.layout import Layout

# Measured (docs/benchmarks.md, bootstrap_speed.py) on two cores, rounded up.
_SECONDS_A_RESAMPLE: Final = 0.0004
_SECONDS_A_DETECTION: Final = 4e-8


def kept_error_bars(
    settings: Settings, evaluation: OpenEvaluation, resamples: int = RESAMPLES, seed: int = 0
) -> ErrorBars | None:
    """The error bars where somebody has computed them already, cheap enough for each rerun of a page; else None."""
    return load_error_bars(_folder(settings, evaluation), resamples, seed)


def error_bars(
    settings: Settings,
    evaluation: OpenEvaluation,
    progress: Progress,
    resamples: int = RESAMPLES,
    seed: int = 0,
    *,
    actor: Actor,
) -> ErrorBars:
    """AP and AP50 of all and of each class with 95 % intervals; computed and kept where they are not there yet.

    Raises AppError for a number of resamples or a seed that cannot be asked for.
    """
    check_resamples(resamples, seed)
    known = kept_error_bars(settings, evaluation, resamples, seed)
    if known is not None:
        return known
    replicates = replicates_of(settings, evaluation, progress, resamples, seed)
    together, *per_class = estimate(replicates, evaluation.class_names, images_of_each(evaluation.truth))
    bars = ErrorBars(
        images=len(evaluation.truth.images),
        resamples=resamples,
        seed=seed,
        together=together,
        per_class=per_class,
        actor=actor,
    )
    # A full disk keeps nobody from looking: what could not be kept is computed again next time.
    with suppress(OSError):
        keep_error_bars(_folder(settings, evaluation), bars)
    return bars


def replicates_of(
    settings: Settings, evaluation: OpenEvaluation, progress: Progress, resamples: int, seed: int
) -> Replicates:
    """AP and AP50 of each resample; computed and kept where they are not there yet."""
    folder = _folder(settings, evaluation)
    known = load_replicates(folder, resamples, seed)
    if known is not None:
        return known
    progress(0.0, "Matching at ten IoUs")
    ranked = rank_matches(evaluation.truth, evaluation.detections, evaluation.overlaps)
    replicates = bootstrap(ranked, resamples, seed, progress)
    with suppress(OSError):
        keep_replicates(folder, resamples, seed, replicates)
    return replicates


def expected_seconds(
    settings: Settings, evaluation: OpenEvaluation, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """About how long `replicates_of` takes, 0 where they are kept: a page asks before it starts what takes long."""
    if load_replicates(_folder(settings, evaluation), resamples, seed) is not None:
        return 0.0
    return resamples * (_SECONDS_A_RESAMPLE + _SECONDS_A_DETECTION * len(evaluation.detections))


def _folder(settings: Settings, evaluation: OpenEvaluation) -> Path:
    return Layout(settings.workspace).folder("evaluation", evaluation.id)
