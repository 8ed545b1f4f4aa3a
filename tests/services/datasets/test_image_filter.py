"""Images filtered by a check are found under each of its names."""

from types import SimpleNamespace
from typing import Any

import pytest

from core.labels.findings import Finding, Report, Severity
from core.services.datasets.image_filter import filter_images
from tests.factories.sources import label_set


@pytest.mark.parametrize(
    ("name", "image_ids"),
    [("tiny-box", [1, 2]), ("tiny-object", [1, 2]), ("dark", []), ("of-a-plugin", [3]), ("", [1, 2, 3])],
)
def test_a_check_is_filtered_by_under_all_its_names(name: str, image_ids: list[int]) -> None:
    labels = label_set([(10, 10, 20, 20)] * 3, [1, 2, 3])
    # The second version of a check's name may be stored, too.
    stored = [("tiny-box", "1.png"), ("tiny-object", "2.png"), ("of-a-plugin", "3.png")]
    findings = [Finding(check=check, severity=Severity.LOOK, message="m", image=image) for check, image in stored]
    opened: Any = SimpleNamespace(labels=labels, findings=Report(findings).to_frame())
    assert filter_images(opened, finding=name) == image_ids
