"""Training: plan, check, start, repeat, recover. For pages and the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.services.training.curve_points import (
        CurveRun,
        LearningCurve,
        learning_curve,
    )
    from core.services.training.curve_runs import (
        start_learning_curve,
    )
    from core.services.training.data import (
        objects_without_mask,
    )
    from core.services.training.data_effects import (
        exposure,
        size_shares,
    )
    from core.services.training.detectron_keys import (
        config_keys,
    )
    from core.services.training.groups import (
        MOST_RUNS,
        RunGroup,
        describe_group,
        groups_among,
        start_folds,
        start_seeds,
        wait_for_group,
    )
    from core.services.training.plan import (
        Plan,
        default_preset,
    )
    from core.services.training.preflight import (
        Preflight,
        preflight_state,
        run_preflight,
        start_preflight,
        stop_preflight,
        with_batch,
    )
    from core.services.training.preview import (
        PREVIEW_SAMPLES,
        PreviewSample,
        SeenImage,
        render_preview,
        save_preview,
    )
    from core.services.training.recovery import (
        Repair,
        relaunch,
        repair,
    )
    from core.services.training.request import (
        TrainRequest,
    )
    from core.services.training.rerun import (
        extend_run,
        repeat_run,
        train_on_everything,
    )
    from core.services.training.start import (
        check_overrides,
        has_downloaded,
        parse_expert_yaml,
        plan_run,
        start_run,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "MOST_RUNS",
    "PREVIEW_SAMPLES",
    "CurveRun",
    "LearningCurve",
    "Plan",
    "Preflight",
    "PreviewSample",
    "Repair",
    "RunGroup",
    "SeenImage",
    "TrainRequest",
    "check_overrides",
    "config_keys",
    "default_preset",
    "describe_group",
    "exposure",
    "extend_run",
    "groups_among",
    "has_downloaded",
    "learning_curve",
    "objects_without_mask",
    "parse_expert_yaml",
    "plan_run",
    "preflight_state",
    "relaunch",
    "render_preview",
    "repair",
    "repeat_run",
    "run_preflight",
    "save_preview",
    "size_shares",
    "start_folds",
    "start_learning_curve",
    "start_preflight",
    "start_run",
    "start_seeds",
    "stop_preflight",
    "train_on_everything",
    "wait_for_group",
    "with_batch",
]
