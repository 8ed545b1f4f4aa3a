"""Words and defaults of options whose owners load numpy or pandas, written down again so that `--help` loads neither.

tests/cli/test_choices.py holds them to their owners.
"""

from typing import Final

LEVELS: Final = ("info", "warning", "error")
OUTCOMES: Final = ("true_positive", "false_positive", "missed")
CAUSES: Final = ("class", "location", "both", "duplicate", "background", "missed")
SORTS: Final = ("mistakes", "missed", "false_alarms", "name")
RULES: Final = ("f1", "recall", "precision", "cost")
RESAMPLES: Final = 1000

# The field's words for some of them; both are taken.
OTHER_SORTS: Final = {"false_positives": "false_alarms"}
OTHER_OUTCOMES: Final = {"false_positives": "false_positive", "true_positives": "true_positive"}
