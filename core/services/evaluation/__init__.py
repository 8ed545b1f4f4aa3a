"""Evaluations: start, list, open, and read their results: causes, thresholds, slices, advice, comparison. For pages and
the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.evaluation.matching.causes import (
        CAUSES,
        Cause,
    )
    from core.services.evaluation.advice import (
        address_of,
        advice_json,
        give_advice,
    )
    from core.services.evaluation.attributes import (
        attribute_names,
        attribute_values,
    )
    from core.services.evaluation.box_filter import (
        OUTCOMES,
        ImageFilter,
    )
    from core.services.evaluation.box_list import (
        crop_place,
        object_rows,
        objects_json,
    )
    from core.services.evaluation.calibration import (
        CalibratedScores,
        ClassCalibration,
        calibration_before_after,
        calibration_by_class,
        calibration_json,
        fit_temperatures,
        notes_on_calibration,
        store_temperatures,
        stored_temperatures,
    )
    from core.services.evaluation.causes import (
        causes_of,
    )
    from core.services.evaluation.comparison import (
        CHANGES,
        Comparison,
        Difference,
        Differences,
        compare,
        comparison_summary,
        differences,
        image_of_both,
        kept_differences,
        paired_notes,
        paired_of,
    )
    from core.services.evaluation.holdout_seal import (
        Seal,
        find_seal,
        list_openings,
        open_seal,
        openings_json,
    )
    from core.services.evaluation.image_files import (
        evaluation_crop,
        evaluation_image,
    )
    from core.services.evaluation.images import (
        SORTS,
        image_rows,
    )
    from core.services.evaluation.intervals import (
        error_bars,
        expected_seconds,
        kept_error_bars,
    )
    from core.services.evaluation.listing import (
        EvaluationRow,
        list_evaluations,
    )
    from core.services.evaluation.opened import (
        OpenEvaluation,
        image_file,
        open_evaluation,
        refreshed,
    )
    from core.services.evaluation.request import (
        EvaluationRequest,
        request_notes,
    )
    from core.services.evaluation.slices import (
        find_slice,
        score_slices,
        slice_words,
        slices_json,
    )
    from core.services.evaluation.start import (
        evaluate_files,
        start_evaluation,
    )
    from core.services.evaluation.status import (
        evaluation_state,
        wait_for_evaluation,
    )
    from core.services.evaluation.summary import (
        BACKGROUND,
        summarise,
    )
    from core.services.evaluation.thresholds import (
        Thresholds,
        evaluation_to_choose_on,
        notes_on_stored,
        store_threshold,
        stored_threshold,
        suggest_threshold,
        thresholds_json,
        validation_of,
        why_not_to_choose,
    )
    from core.services.evaluation.viewer_boxes import (
        boxes_on,
        image_boxes,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "BACKGROUND",
    "CAUSES",
    "CHANGES",
    "OUTCOMES",
    "SORTS",
    "CalibratedScores",
    "Cause",
    "ClassCalibration",
    "Comparison",
    "Difference",
    "Differences",
    "EvaluationRequest",
    "EvaluationRow",
    "ImageFilter",
    "OpenEvaluation",
    "Seal",
    "Thresholds",
    "address_of",
    "advice_json",
    "attribute_names",
    "attribute_values",
    "boxes_on",
    "calibration_before_after",
    "calibration_by_class",
    "calibration_json",
    "causes_of",
    "compare",
    "comparison_summary",
    "crop_place",
    "differences",
    "error_bars",
    "evaluate_files",
    "evaluation_crop",
    "evaluation_image",
    "evaluation_state",
    "evaluation_to_choose_on",
    "expected_seconds",
    "find_seal",
    "find_slice",
    "fit_temperatures",
    "give_advice",
    "image_boxes",
    "image_file",
    "image_of_both",
    "image_rows",
    "kept_differences",
    "kept_error_bars",
    "list_evaluations",
    "list_openings",
    "notes_on_calibration",
    "notes_on_stored",
    "object_rows",
    "objects_json",
    "open_evaluation",
    "open_seal",
    "openings_json",
    "paired_notes",
    "paired_of",
    "refreshed",
    "request_notes",
    "score_slices",
    "slice_words",
    "slices_json",
    "start_evaluation",
    "store_temperatures",
    "store_threshold",
    "stored_temperatures",
    "stored_threshold",
    "suggest_threshold",
    "summarise",
    "thresholds_json",
    "validation_of",
    "wait_for_evaluation",
    "why_not_to_choose",
]
