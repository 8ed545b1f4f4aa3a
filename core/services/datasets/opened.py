"""A data set version in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.labels.label_set import LabelSet

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVersion:
    """A loaded version. `facts` is its version.json, `findings` has the columns core.labels.findings.COLUMNS."""

    dataset: str
    name: str
    version: str
    facts: dict[str, Any]
    labels: LabelSet
    findings: pd.DataFrame
    images_folder: Path
    ready: bool
    reasons: list[str]
