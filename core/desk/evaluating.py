"""Judging a detector: start an evaluation of a run in the background, judge the files of any detector, list, open.

The one door to evaluations for pages and command line; what it offers lies in the `evaluation_…` modules beside.
"""

from core.desk.evaluation_boxes import boxes_on, picture_boxes
from core.desk.evaluation_causes import causes_of
from core.desk.evaluation_filter import OUTCOMES, PictureFilter
from core.desk.evaluation_pictures import SORTS, picture_rows
from core.desk.evaluation_progress import EvaluationState, look_at_evaluation, wait_for_evaluation
from core.desk.evaluation_request import EvaluationRequest
from core.desk.evaluation_rows import EvaluationRow, list_evaluations
from core.desk.evaluation_slices import find_slice, slice_words, slices
from core.desk.evaluation_start import evaluate_files, start_evaluation
from core.desk.evaluation_summary import BACKGROUND, summary
from core.desk.evaluation_view import DEFAULT_SCORE, OpenEvaluation, image_file, open_evaluation, refreshed
from core.desk.seal import COMMAND_LINE, PAGE, Seal, look_at_seal, open_seal
from core.evaluation.causes import CAUSES, Cause

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
