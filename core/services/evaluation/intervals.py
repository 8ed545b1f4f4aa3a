"""Error bars of an evaluation: computed once by bootstrap over its images, and stored in its folder."""

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
    """The stored error bars; None if they are not computed yet. Fast enough for each rerun of a page."""
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
    """AP and AP50 of all classes and of each class with 95 % intervals. Computes and stores them if needed.

    Raises AppError for a number of resamples or a seed out of range.
    """
    check_resamples(resamples, seed)
    stored = kept_error_bars(settings, evaluation, resamples, seed)
    if stored is not None:
        return stored
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
    # On a full disk the result is still shown, and computed again next time.
    with suppress(OSError):
        keep_error_bars(_folder(settings, evaluation), bars)
    return bars


def replicates_of(
    settings: Settings, evaluation: OpenEvaluation, progress: Progress, resamples: int, seed: int
) -> Replicates:
    """AP and AP50 of each resample. Computes and stores them if needed."""
    folder = _folder(settings, evaluation)
    stored = load_replicates(folder, resamples, seed)
    if stored is not None:
        return stored
    progress(0.0, "Matching at ten IoUs")
    ranked = rank_matches(evaluation.truth, evaluation.detections, evaluation.overlaps)
    replicates = bootstrap(ranked, resamples, seed, progress)
    with suppress(OSError):
        keep_replicates(folder, resamples, seed, replicates)
    return replicates


def expected_seconds(
    settings: Settings, evaluation: OpenEvaluation, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """Estimated seconds of `replicates_of`, 0 if its result is stored. A page asks before a long computation."""
    if load_replicates(_folder(settings, evaluation), resamples, seed) is not None:
        return 0.0
    return resamples * (_SECONDS_A_RESAMPLE + _SECONDS_A_DETECTION * len(evaluation.detections))


def _folder(settings: Settings, evaluation: OpenEvaluation) -> Path:
    return Layout(settings.workspace).folder("evaluation", evaluation.id)
