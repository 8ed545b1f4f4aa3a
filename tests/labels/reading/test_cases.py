"""The label cases made after public bug reports: each import takes what a careful tool takes, or blocks with reason.

A case that blocks is imported again without what is blocked: then nothing wrong and nothing in doubt comes in.
"""

import json
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError
from core.labels.label_set import LabelSet
from core.services.datasets import ImportOptions, import_dataset
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.progress import silent
from tests.labels.taken import Box, boxes_of

CASES = Path(__file__).parents[4] / "shared" / "cases"
IDS = sorted(path.parent.name for path in CASES.glob("*/case.json"))
_SUFFIXES = {"jpg", "jpeg", "png", "bmp", "tif", "tiff", "gif", "webp", "heic", "mpo", "avif"}
_PX = 0.5


@dataclass(kw_only=True)
class Outcome:
    """An import of a case: the labels (None where it was refused), and everything that was said."""

    labels: LabelSet | None = None
    said: str = ""
    is_blocked: bool = False
    boxes: dict[str, list[Box]] = field(default_factory=dict)


def attempt(folder: Path, workspace: Path, case: dict[str, Any], *, leave_out: bool) -> Outcome:
    names = dict(zip(case.get("options", [])[::2], case.get("options", [])[1::2], strict=True)).get("--names")
    given = {"names": tuple(names.split(","))} if names else {}
    for split in ("", "50/50"):
        options = ImportOptions(name="case", split=split, leave_out_blocked=leave_out, **given)  # type: ignore[arg-type]
        try:
            imported = import_dataset(
                Settings(workspace=workspace), folder / case.get("input", "input"), options, silent, actor=ADA
            )
        except AppError as error:
            refusal = Outcome(said=json.dumps([error.message, error.remedy, _details(error)], ensure_ascii=False))
            refusal.is_blocked = True
            if "splits" not in error.message:
                return refusal
            continue
        said = json.dumps([finding.message for finding in imported.plan.findings], ensure_ascii=False)
        return Outcome(labels=imported.plan.labels, said=said, boxes=boxes_of(imported.plan.labels))
    return refusal


def _details(error: AppError) -> list[str]:
    return [str(value) for value in vars(error).values()]


def images_of(labels: LabelSet) -> dict[str, tuple[str, str]]:
    """Split and use of each image."""
    images = labels.images
    return {row[0]: (row[1], row[2]) for row in images[["source", "split", "use"]].itertuples(index=False)}


def stem(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    return name.rsplit(".", 1)[0] if name.lower().rsplit(".", 1)[-1] in _SUFFIXES else name


def pick(labels: LabelSet, key: str) -> str | None:
    """The image that a case means by a path, or by its end."""
    named = [image for image in labels.images["source"] if stem(image) == stem(key)]
    return next(iter(named or [i for i in labels.images["source"] if stem(i).endswith("/" + stem(key))]), None)


def is_same(left: Box | list[Any], right: Box | list[Any]) -> bool:
    return str(left[0]) == str(right[0]) and all(abs(a - b) <= _PX for a, b in zip(left[1:], right[1:], strict=True))


def missing_and_more(wanted: list[Any], have: list[Box]) -> tuple[list[Any], list[Box]]:
    left, missing = list(have), []
    for box in wanted:
        match = next((other for other in left if is_same(box, other)), None)
        if match is None:
            missing.append(box)
        else:
            left.remove(match)
    return missing, left


def faults_of_boxes(outcome: Outcome, expect: dict[str, Any], *, is_part: bool) -> list[str]:
    """What is wrong with the boxes; of a part, they may be missing, but nothing else may be there."""
    assert outcome.labels is not None
    faults = []
    for key, wanted in (expect.get("boxes") or {}).items():
        image = pick(outcome.labels, key)
        if image is None:
            faults += [] if is_part else [f"{key} is not there"]
            continue
        missing, more = missing_and_more(wanted, outcome.boxes.get(image, []))
        use = images_of(outcome.labels)[image][1]
        if is_part:
            faults += [f"{key}: {box} came in" for box in more if not any(is_same(box, other) for other in wanted)]
            faults += [f"{key} became background"] * (
                bool(wanted) and not outcome.boxes.get(image) and use == "background"
            )
        else:
            faults += [f"{key}: no {box}" for box in missing]
            faults += [] if expect.get("partial") else [f"{key}: {box} came in" for box in more]
    return faults


def faults_of_images(outcome: Outcome, expect: dict[str, Any]) -> list[str]:
    """What is wrong with counts, splits and uses."""
    assert outcome.labels is not None
    images = images_of(outcome.labels)
    used = [split for split, use in images.values() if use != "unlabelled"]
    counts = {"images": len(used), "objects": len(outcome.labels.annotations)}
    wanted = {**{key: expect.get(key) for key in counts}, **(expect.get("imported") or {})}
    faults = [f"{counts[key]} {key}, not {wanted[key]}" for key in counts if isinstance(wanted.get(key), int)
              and wanted[key] != counts[key]]  # fmt: skip
    splits = expect.get("splits")
    for split, count in splits.items() if isinstance(splits, dict) else ():
        faults += [f"{used.count(split)} in {split}, not {count}"] * (
            isinstance(count, int) and used.count(split) != count
        )
    for key in (key for key in expect.get("background") or [] if isinstance(key, str)):
        image = pick(outcome.labels, key)
        faults += [f"{key} is not background"] * (image is None or images[image][1] != "background")
    for key in expect.get("absent") or []:
        image = pick(outcome.labels, key)
        faults += [f"{key} came in"] * (image is not None and images[image][1] != "unlabelled")
    for key, split in (expect.get("split_of") or {}).items():
        image = pick(outcome.labels, key)
        faults += [f"{key} is not in {split}"] * (image is None or images[image][0] != split)
    return faults


def faults_of(folder: Path, workspace: Path) -> list[str]:
    """What is wrong with the import of a case; nothing if it holds."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    expect = case["expect"]
    may_refuse = expect.get("refusal") in (True, "allowed", "yes") or "block" in str(expect.get("refusal", ""))
    outcome = attempt(folder, workspace, case, leave_out=False)
    if outcome.is_blocked and expect.get("refusal") is not True:
        first = outcome.said
        outcome = attempt(folder, workspace, case, leave_out=True)
        outcome.said += first
        is_part = may_refuse
    else:
        is_part = False
    faults = [f"nothing says {text!r}" for text in expect.get("must_say") or [] if text not in outcome.said]
    if outcome.labels is None:
        return faults if may_refuse else [*faults, f"refused: {outcome.said[:200]}"]
    if expect.get("refusal") is True:
        return ["was imported, should be refused"]
    faults += faults_of_boxes(outcome, expect, is_part=is_part)
    return faults if is_part else faults + faults_of_images(outcome, expect)


@pytest.mark.skipif(not IDS, reason="the label cases are not at hand")
@pytest.mark.parametrize("case", IDS)
def test_a_case_holds(case: str, tmp_path: Path) -> None:
    assert faults_of(CASES / case, tmp_path / "workspace") == []
