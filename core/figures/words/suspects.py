"""Label suspects and decisions in words, for the pages. Imports nothing but words of ours."""

from typing import Any, Final

import pandas as pd

from core.figures.words.numbers import percent

KIND_WORDS: Final = {"missing": "Missing label", "wrong_class": "Wrong class", "poor_box": "Poor box"}
VERDICT_WORDS: Final = {"accept": "Accepted", "reject": "Rejected", "skip": "Skipped", "": ""}


def question_words(suspect: dict[str, Any], names: list[str]) -> str:
    """What is asked about a suspect (a row of core.evaluation.matching.suspects.SUSPECTS), in a sentence."""
    says, score = names[suspect["category_id"]], percent(suspect["score"], 0)
    if suspect["kind"] == "missing":
        return f"The model sees {says} here (score {score} %), and there is no label. Is one missing?"
    label = names[suspect["truth_class"]]
    if suspect["kind"] == "wrong_class":
        return f"The label says {label}, the model says {says} (score {score} %). Is it {says}?"
    share = percent(suspect["iou"], 0)
    return f"The model draws this {label} otherwise (score {score} %, IoU {share} %). Is the model's box better?"


def suspect_table(suspects: pd.DataFrame, names: list[str], files: "pd.Series[str]") -> pd.DataFrame:
    """The list on the page: verdict, what is suspected, label, model, score (0 to 1), picture.

    Args: suspects as core.services.label_review.review.Review has them; files are the names of the pictures by image
    id.
    """
    labels = [names[kind] if kind >= 0 else "" for kind in suspects["truth_class"]]
    return pd.DataFrame(
        {
            "Verdict": suspects["verdict"].map(VERDICT_WORDS),
            "Suspected": suspects["kind"].map(KIND_WORDS),
            "Label": labels,
            "Model": [names[kind] for kind in suspects["category_id"]],
            "Score": suspects["score"],
            "Picture": suspects["image_id"].map(files),
        }
    )


def score_table(document: dict[str, Any]) -> pd.DataFrame:
    """AP by class against the labels as they are and as corrected, in per cent (`Rescored.to_json`)."""
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
