"""Copies of option values whose modules load numpy or pandas, so that `--help` loads neither.

tests/cli/test_choices.py compares them with the originals.
"""

from typing import Final

LEVELS: Final = ("info", "warning", "error")
OUTCOMES: Final = ("true_positive", "false_positive", "missed")
CAUSES: Final = ("class", "location", "both", "duplicate", "background", "missed")
SORTS: Final = ("mistakes", "missed", "false_alarms", "name")
RULES: Final = ("f1", "recall", "precision", "cost")
RESAMPLES: Final = 1000

# Standard terms for some values; both words are accepted.
OTHER_SORTS: Final = {"false_positives": "false_alarms"}
OTHER_OUTCOMES: Final = {"false_positives": "false_positive", "true_positives": "true_positive"}
