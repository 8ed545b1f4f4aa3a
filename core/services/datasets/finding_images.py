"""The image of a finding with its box drawn, before and after an import."""

from pathlib import Path

import pandas as pd

from core.figures.colours import SEVERITY_COLOURS
from core.figures.images import DrawnBox, image_round_box, image_with_boxes, placeholder
from core.images import BitRange
from core.labels.findings import Finding
from core.services.datasets.imports import Inspection
from core.services.datasets.opened import OpenVersion


def finding_image(inspection: Inspection, finding: Finding, long_side: int = 480) -> bytes:
    """JPEG bytes for a finding of a source that is not imported yet.

    Shows the part around the finding's box, or the whole image without a box. A grey image gives the reason if there
    is no image to show.
    """
    # A label file may name any path: show only images that were read.
    sources = inspection.examination.reading.label_set.images["source"]
    path = inspection.examination.tree.path(finding.image) if (sources == finding.image).any() else None
    return _image(path, finding.box, str(finding.severity), long_side, inspection.bit_range)


def stored_finding_image(opened: OpenVersion, finding: pd.Series, long_side: int = 480) -> bytes:
    """JPEG bytes as `finding_image`, for a row of `OpenVersion.findings`."""
    images = opened.labels.images
    names = images.loc[images["source"] == finding["image"], "file_name"]
    path = opened.images_folder / names.iloc[0] if len(names) else None
    corners = (float(finding["x1"]), float(finding["y1"]), float(finding["x2"]), float(finding["y2"]))
    box = None if pd.isna(finding["x1"]) else corners
    return _image(path, box, str(finding["severity"]), long_side)


def _image(
    path: Path | None,
    box: tuple[float, float, float, float] | None,
    severity: str,
    long_side: int,
    bit_range: BitRange | None = None,
) -> bytes:
    if path is None:
        return placeholder("No image", long_side)
    try:
        if box is None:
            return image_with_boxes(path, [], long_side, bit_range)
        return image_round_box(path, DrawnBox(corners=box, colour=SEVERITY_COLOURS[severity]), long_side, bit_range)
    # Many findings are about broken images, and Pillow's decoders raise nearly anything for them.
    except Exception:
        return placeholder("This image cannot be read", long_side)
