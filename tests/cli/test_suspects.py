"""The verb `suspects` as a user types it."""

from pathlib import Path
from typing import Any

import pytest

from core.services.datasets import open_version
from core.settings import Settings
from tests.cli.test_thresholds import Shell
from tests.factories.label_issues import LabelIssuesMaker


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


@pytest.fixture
def label_issues(shell: Shell) -> str:
    return LabelIssuesMaker(name="doubted").make(Settings(workspace=shell.workspace))


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {row["kind"]: row["verdict"] for row in document["suspects"]}


def test_planted_faults_are_marked_decided_and_corrected_in_a_new_version(shell: Shell, label_issues: str) -> None:
    document = shell("suspects", label_issues)
    ids = {row["kind"]: str(row["id"]) for row in document["suspects"]}
    assert set(ids) == {"missing", "wrong_class", "poor_box"}
    assert (document["decided"], document["accepted"], document["made"]) == (0, 0, None)

    decided = shell(
        "suspects", label_issues, "--accept", ids["missing"], ids["wrong_class"], "--reject", ids["poor_box"]
    )
    assert verdicts(decided) == {"missing": "accept", "wrong_class": "accept", "poor_box": "reject"}
    assert decided["corrected"]["after"]["ap"] > decided["corrected"]["before"]["ap"]

    made = shell("suspects", label_issues, "--apply")["made"]
    assert (made["parent"], made["version"]) == ("v1", "v2")
    settings = Settings(workspace=shell.workspace)
    before, after = (open_version(settings, "doubted", version).labels.annotations for version in ("v1", "v2"))
    assert len(after) == len(before) + 1
    assert shell("suspects", label_issues, "--apply")["made"]["version"] == "v2", (
        "the same corrections make one version"
    )


def test_a_label_issue_with_two_verdicts_or_unknown_is_refused(shell: Shell, label_issues: str) -> None:
    key = str(shell("suspects", label_issues)["suspects"][0]["id"])
    twice = shell("suspects", label_issues, "--accept", key, "--reject", key, code=2)["error"]
    assert "named twice" in twice["message"]
    assert shell("suspects", label_issues, "--accept", "99999", code=2)["error"]["remedy"]
    assert shell("suspects", label_issues)["decided"] == 0
