import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ConflictError, DamagedFileError, NotFoundError
from core.evaluation.thresholds.stored_temperatures import StoredTemperatures, read_temperatures, write_temperatures
from core.evaluation.thresholds.temperatures import Calibrator
from tests.factories.actors import ADA

FITTED = StoredTemperatures(
    pooled=1.4,
    per_class={"red": 1.6},
    offset=-0.2,
    offsets={"red": 0.7},
    floor=0.001,
    detections=412,
    ece=0.12,
    ece_calibrated=0.04,
    iou=0.5,
    evaluation="e-234567",
    dataset="cells",
    version="v1",
    split="val",
    checkpoint="best",
    fitted=1_790_000_000.0,
    actor=ADA,
)


def test_what_was_stored_is_read_back_and_counted(tmp_path: Path) -> None:
    assert read_temperatures(tmp_path) is None
    first = write_temperatures(tmp_path, FITTED, "Run x")
    assert read_temperatures(tmp_path) == first == replace(FITTED, revision=1)
    assert write_temperatures(tmp_path, replace(FITTED, pooled=2.0), "Run x", seen=1).revision == 2


def test_a_class_without_a_temperature_has_that_of_all() -> None:
    blue, red = FITTED.of(["blue", "red"]).per_class
    assert (blue, red) == (Calibrator(temperature=1.4, offset=-0.2), Calibrator(temperature=1.6, offset=0.7))


def test_temperatures_of_an_earlier_version_have_no_offset(tmp_path: Path) -> None:
    write_temperatures(tmp_path, FITTED, "Run x")
    whole = json.loads((tmp_path / "temperatures.json").read_text())
    del whole["offset"], whole["offsets"]
    (tmp_path / "temperatures.json").write_text(json.dumps(whole))
    stored = read_temperatures(tmp_path)
    assert stored is not None
    assert stored.of(["red"]).per_class == (Calibrator(temperature=1.6, offset=0.0),)
    assert stored.of(["red"]).calibrated(np.array([0.8]), np.array([0])) == pytest.approx(
        [4 ** (1 / 1.6) / (1 + 4 ** (1 / 1.6))]
    )


def test_somebody_who_has_not_seen_the_stored_ones_does_not_replace_them(tmp_path: Path) -> None:
    write_temperatures(tmp_path, FITTED, "Run x", seen=0)
    with pytest.raises(ConflictError, match="other temperatures meanwhile: fitted on e-234567"):
        write_temperatures(tmp_path, replace(FITTED, pooled=2.0), "Run x", seen=0)
    stored = read_temperatures(tmp_path)
    assert stored is not None
    assert stored.pooled == 1.4


@pytest.mark.parametrize(
    "change",
    [
        {"pooled": 0},
        {"pooled": -1.5},
        {"pooled": "warm"},
        {"pooled": True},
        {"pooled": None},
        {"per_class": {"red": 0.0}},
        {"per_class": {"red": 1e9}},
        {"per_class": {"red": "1"}},
        {"per_class": [1.2]},
        {"per_class": None},
        {"offset": None},
        {"offset": 1e9},
        {"offsets": {"red": -1e9}},
        {"offsets": [0.1]},
        {"floor": 2},
        {"ece": -0.1},
        {"detections": 1.5},
        {"detections": -1},
        {"fitted": 1e300},
        {"checkpoint": 7},
    ],
    ids=lambda change: "{} {!r}".format(*next(iter(change.items()))),
)
def test_a_value_out_of_range_or_of_another_type_is_damage_with_a_remedy(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    write_temperatures(tmp_path, FITTED, "Run x")
    whole = json.loads((tmp_path / "temperatures.json").read_text())
    (tmp_path / "temperatures.json").write_text(json.dumps({**whole, **change}))
    with pytest.raises(DamagedFileError, match=r"temperatures\.json is damaged") as caught:
        read_temperatures(tmp_path)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"pooled": NaN}', "\0\0\0", '{"pooled": 1e999}'],
    ids=["empty", "a list", "nothing in it", "NaN", "zeros", "infinite"],
)  # fmt: skip
def test_a_file_that_was_spoilt_by_hand_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "temperatures.json").write_text(content)
    with pytest.raises(DamagedFileError, match=r"temperatures\.json is damaged"):
        read_temperatures(tmp_path)


def test_fields_of_later_versions_are_ignored_and_missing_ones_have_defaults(tmp_path: Path) -> None:
    write_temperatures(tmp_path, FITTED, "Run x")
    whole = json.loads((tmp_path / "temperatures.json").read_text())
    for name in ("ece", "ece_calibrated", "mirrored", "revision", "actor"):
        del whole[name]
    (tmp_path / "temperatures.json").write_text(json.dumps({**whole, "knots": {"red": 0.1}}))
    expected = replace(FITTED, ece=None, ece_calibrated=None, actor=None)
    assert read_temperatures(tmp_path) == expected


def test_a_model_that_is_gone_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Run x is gone"):
        write_temperatures(tmp_path / "gone", FITTED, "Run x")
