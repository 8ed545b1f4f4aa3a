"""Judging a detector: start an evaluation of a run in the background, judge the files of any detector, list, open.

The one door to evaluations for pages and command line; what it offers lies in the `evaluation_…` modules beside.
"""

from core.evaluation.matching.causes import CAUSES, Cause
from core.services.evaluation.box_filter import OUTCOMES, PictureFilter
from core.services.evaluation.causes import causes_of
from core.services.evaluation.holdout_seal import COMMAND_LINE, PAGE, Seal, look_at_seal, open_seal
from core.services.evaluation.images import SORTS, picture_rows
from core.services.evaluation.listing import EvaluationRow, list_evaluations
from core.services.evaluation.opened import DEFAULT_SCORE, OpenEvaluation, image_file, open_evaluation, refreshed
from core.services.evaluation.request import EvaluationRequest
from core.services.evaluation.slices import find_slice, slice_words, slices
from core.services.evaluation.start import evaluate_files, start_evaluation
from core.services.evaluation.status import EvaluationState, look_at_evaluation, wait_for_evaluation
from core.services.evaluation.summary import BACKGROUND, summary
from core.services.evaluation.viewer_boxes import boxes_on, picture_boxes

__all__ = [
    "BACKGROUND",
    "CAUSES",
    "COMMAND_LINE",
    "DEFAULT_SCORE",
    "OUTCOMES",
    "PAGE",
    "SORTS",
    "Cause",
    "EvaluationRequest",
    "EvaluationRow",
    "EvaluationState",
    "OpenEvaluation",
    "PictureFilter",
    "Seal",
    "boxes_on",
    "causes_of",
    "evaluate_files",
    "find_slice",
    "image_file",
    "list_evaluations",
    "look_at_evaluation",
    "look_at_seal",
    "open_evaluation",
    "open_seal",
    "picture_boxes",
    "picture_rows",
    "refreshed",
    "slice_words",
    "slices",
    "start_evaluation",
    "summary",
    "wait_for_evaluation",
]
