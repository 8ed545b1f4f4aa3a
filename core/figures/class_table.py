"""The class table of an evaluation and the counts of all classes, for the screen: rates are in per cent."""

from typing import Any, Final

import pandas as pd

from core.evaluation.intervals.files import ErrorBars
from core.evaluation.matching.outcomes import Counts, add_up
from core.figures.comparison import interval_words

_RATES: Final = {
    "ap": "AP",
    "ap50": "AP50",
    "ap75": "AP75",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}
_COUNTS: Final = {"tp": "Found", "fp": "False positives", "fn": "Missed", "truths": "Objects"}
# For models with masks, beside the columns of the boxes.
MASK_COLUMNS: Final = ("Mask AP", "Mask AP50")
RATE_COLUMNS: Final = tuple(_RATES.values())
COUNT_COLUMNS: Final = tuple(_COUNTS.values())
INTERVAL_COLUMN: Final = "AP, 95 %"
# The most wanted columns come first, because a narrow table shows only some.
COLUMNS: Final = ("AP", "AP50", "Found", "False positives", "Missed", "Precision", "Recall", "F1", "AP75", "Objects")


def class_table(summary: dict[str, Any]) -> pd.DataFrame:
    """One row per class: `Class`, rates in per cent (NaN if undefined), counts, and why a cell is empty.

    If the model has masks, `Mask AP` and `Mask AP50` follow `AP50`.

    Args: summary of `core.services.evaluation.summary`.
    """
    rows = [
        {"Class": row["name"]}
        | {title: None if row[key] is None else row[key] * 100 for key, title in _RATES.items()}
        | {title: row[key] for key, title in _COUNTS.items()}
        | {"Remark": _remark(row)}
        for row in summary["per_class"]
    ]
    columns = ["Class", *COLUMNS, "Remark"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(RATE_COLUMNS, "float64"))
    masks = (summary.get("segm") or {}).get("per_class", [])
    for column, (title, key) in enumerate(zip(MASK_COLUMNS, ("ap", "ap50"), strict=True), columns.index("AP50") + 1):
        if masks:
            rates = [None if row[key] is None else row[key] * 100 for row in masks]
            table.insert(column, title, pd.Series(rates, dtype="float64"))
    return table


def with_error_bars(table: pd.DataFrame, bars: ErrorBars | None) -> pd.DataFrame:
    """The class table with the interval beside each AP, in words; unchanged without error bars."""
    if bars is None or len(bars.per_class) != len(table):
        return table
    words = [interval_words(row.ap) for row in bars.per_class]
    names = list(table.columns)
    at = names.index("AP") + 1
    return table.assign(**{INTERVAL_COLUMN: words})[[*names[:at], INTERVAL_COLUMN, *names[at:]]]


def all_classes(summary: dict[str, Any]) -> Counts:
    """The counts of all classes together, with their precision, recall and F1."""
    rows = [
        Counts(category_id=index, name=row["name"], tp=row["tp"], fp=row["fp"], fn=row["fn"])
        for index, row in enumerate(summary["per_class"])
    ]
    return add_up(rows)


def _remark(row: dict[str, Any]) -> str:
    if row["ap"] is None:
        return "no object of this class here"
    return "nothing found at this score" if row["precision"] is None else ""
