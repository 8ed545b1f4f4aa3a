"""The document of the GPU check: written after each check, and honest about what was not run."""

import json
from pathlib import Path
from typing import Any

import pytest
from gpu_checks.report import NO_GPU, NO_TIME, Check, CheckError, Clock, NotRunError, Report

from core.errors import AppError


def _passes(figures: dict[str, Any]) -> None:
    figures["seconds_a_step"] = 0.25


def _fails(figures: dict[str, Any]) -> None:
    figures["ap"] = 0.1
    raise CheckError("AP is too low.")


def _cannot(figures: dict[str, Any]) -> None:
    raise NotRunError("no second GPU")


def _is_refused(figures: dict[str, Any]) -> None:
    raise AppError("There is no data set.", "Import one.")


def _breaks(figures: dict[str, Any]) -> None:
    raise ZeroDivisionError("division by zero")


def _ended(path: Path, *checks: Check, left_s: float | None = None, has_gpu: bool = True) -> tuple[bool, list[Any]]:
    is_fine = Report(path, "train", {"date": "2026-12-01"}).run(checks, Clock(left_s), has_gpu)
    document = json.loads(path.read_text())
    assert (document["part"], document["date"], document["ok"]) == ("train", "2026-12-01", is_fine)
    return is_fine, document["checks"]


@pytest.mark.parametrize(
    ("check", "left_s", "has_gpu", "status", "why", "is_fine"),
    [
        pytest.param(Check(name="a", measure=_passes), None, True, "passed", "", True, id="passes"),
        pytest.param(Check(name="a", measure=_fails), None, True, "failed", "AP is too low.", False, id="fails"),
        pytest.param(
            Check(name="a", measure=_is_refused), None, True, "failed", "no data set. Import one.", False, id="refused"
        ),
        pytest.param(Check(name="a", measure=_breaks), None, True, "failed", "ZeroDivisionError", False, id="breaks"),
        pytest.param(Check(name="a", measure=_cannot), None, True, "not run", "no second GPU", True, id="cannot"),
        pytest.param(
            Check(name="a", measure=_passes, needs_gpu=True), None, False, "not run", NO_GPU, True, id="needs a GPU"
        ),
        pytest.param(
            Check(name="a", measure=_passes, least_s=60), 30.0, True, "not run", NO_TIME, False, id="no time left"
        ),
    ],
)
def test_a_check_passes_fails_or_is_not_run_and_only_then_the_part_is_fine(
    tmp_path: Path, check: Check, left_s: float | None, has_gpu: bool, status: str, why: str, is_fine: bool
) -> None:
    result, (entry,) = _ended(tmp_path / "out.json", check, left_s=left_s, has_gpu=has_gpu)
    assert (entry["status"], result) == (status, is_fine)
    assert why in entry["why"]


def test_figures_are_kept_though_the_check_fails(tmp_path: Path) -> None:
    _, (entry,) = _ended(tmp_path / "out.json", Check(name="a", measure=_fails))
    assert entry["figures"] == {"ap": 0.1}


def test_the_document_is_there_after_each_check_and_says_that_it_is_not_complete(tmp_path: Path) -> None:
    path, seen = tmp_path / "folder" / "out.json", []

    def looks(figures: dict[str, Any]) -> None:
        seen.append(json.loads(path.read_text()))

    checks = [Check(name=name, measure=looks) for name in ("first", "second")]
    assert _ended(path, *checks)[0]
    assert [len(document["checks"]) for document in seen] == [0, 1]
    assert [document["ok"] for document in seen] == [None, None]


def test_a_failed_check_does_not_keep_the_next_from_its_turn(tmp_path: Path) -> None:
    is_fine, entries = _ended(tmp_path / "out.json", Check(name="a", measure=_breaks), Check(name="b", measure=_passes))
    assert not is_fine
    assert [entry["status"] for entry in entries] == ["failed", "passed"]
