"""Label issues and decisions on them in words."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.figures.words.numbers import percent

KIND_WORDS: Final = {"missing": "Missing label", "wrong_class": "Wrong class", "poor_box": "Poor box"}
VERDICT_WORDS: Final = {"accept": "Accepted", "reject": "Rejected", "skip": "Skipped", "": ""}


def question_words(label_issue: dict[str, Any], names: list[str]) -> str:
    """The question about a label issue (a row of core.evaluation.matching.label_issues.LABEL_ISSUES), in a sentence."""
    says, score = names[label_issue["category_id"]], percent(label_issue["score"], 0)
    if label_issue["kind"] == "missing":
        return f"The model sees {says} here (score {score} %), and there is no label. Is one missing?"
    label = names[label_issue["truth_class"]]
    if label_issue["kind"] == "wrong_class":
        return f"The label says {label}, the model says {says} (score {score} %). Is it {says}?"
    share = percent(label_issue["iou"], 0)
    return f"The model draws this {label} differently (score {score} %, IoU {share} %). Is the model's box better?"


def label_issue_table(
    label_issues: pd.DataFrame,
    names: list[str],
    files: "pd.Series[str]",
    calibrated: npt.NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """The list on the page: verdict, issue, label, model, score and (unless None) calibrated score (0 to 1), image.

    Args: label_issues (N rows) of core.services.label_review.review.Review; names of the classes; file names by image
    id; calibrated (N,).
    """
    labels = [names[key] if key >= 0 else "" for key in label_issues["truth_class"]]
    return pd.DataFrame(
        {
            "Verdict": label_issues["verdict"].map(VERDICT_WORDS),
            "Issue": label_issues["kind"].map(KIND_WORDS),
            "Label": labels,
            "Model": [names[key] for key in label_issues["category_id"]],
            "Score": label_issues["score"],
            **({} if calibrated is None else {"Calibrated": calibrated}),
            "Image": label_issues["image_id"].map(files),
        }
    )


def score_table(document: dict[str, Any]) -> pd.DataFrame:
    """AP by class in per cent, against the labels as they are and as corrected, from `Rescored.to_json`."""
    return pd.DataFrame(
        [
            {
                "Class": row["name"],
                "Objects": row["before"]["truths"],
                "corrected": row["after"]["truths"],
                "AP": _hundred(row["before"]["ap"]),
                "AP corrected": _hundred(row["after"]["ap"]),
                "AP50": _hundred(row["before"]["ap50"]),
                "AP50 corrected": _hundred(row["after"]["ap50"]),
            }
            for row in document["per_class"]
        ]
    )


def _hundred(share: float | None) -> float | None:
    return None if share is None else share * 100
