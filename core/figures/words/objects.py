"""The outcome of a box in a few words, for the caption of its image."""

import math
from typing import Any

from core.figures.causes import mistake_words


def object_caption(row: dict[str, Any]) -> str:
    """The class, and the score of a detection: `crane 0.61`. Row of `core.services.evaluation.box_list.object_rows`."""
    return f"{row['name']}" if math.isnan(row["score"]) else f"{row['name']} {row['score']:.2f}"


def object_note(row: dict[str, Any]) -> str:
    """Outcome, cause, IoU, calibrated score: `false positive, wrong class, IoU 0.83`; `missed, 34 × 20 px`."""
    if row["outcome"] == "missed":
        return f"missed, {row['x2'] - row['x1']:.0f} × {row['y2'] - row['y1']:.0f} px"
    words = ["false positive" if row["outcome"] == "false_positive" else "correct"]
    if row["cause"]:
        words.append(mistake_words(row["cause"]))
    if not math.isnan(row["iou"]):
        words.append(f"IoU\N{NO-BREAK SPACE}{row['iou']:.2f}")
    if not math.isnan(row["calibrated"]):
        words.append(f"calibrated\N{NO-BREAK SPACE}{row['calibrated']:.2f}")
    return ", ".join(words)
