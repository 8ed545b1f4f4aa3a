"""The range by which the deep images of a source are mapped, unless the user gives one.

It is that of the earlier version of the data set if there is one, else the one that was measured.
"""

from dataclasses import dataclass, replace

from core.errors import AppError
from core.images import BitRange
from core.labels.images.bit_range import bit_range_of
from core.labels.imports.options import ImportOptions
from core.services.datasets.inspection import Inspection
from core.settings import Settings
from core.workspace.bit_ranges import kept_range
from core.workspace.datasets import VersionFolder, dataset_id, load_facts, versions_of
from core.workspace.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepImages:
    """How many images of a source are deep, of how many, and the values that they have.

    `automatic` is the range that maps them if the user gives none, `version` the earlier version that it is of, "" if
    it is the measured one.
    """

    count: int
    images: int
    measured: BitRange
    automatic: BitRange
    version: str = ""


def deep_images(settings: Settings, inspection: Inspection, name: str = "") -> DeepImages | None:
    """The deep images of a source that becomes data set `name`; None if it has none, or before the image pass."""
    facts = inspection.examination.facts
    measured = bit_range_of(facts)
    if measured is None:
        return None
    version, kept = _known_range(settings, name or inspection.name)
    return DeepImages(
        count=int(facts["is_deep"].sum()),
        images=len(facts),
        measured=measured,
        automatic=kept or measured,
        version=version,
    )


def with_known_range(settings: Settings, options: ImportOptions, name: str) -> ImportOptions:
    """The options with the range of the latest version of data set `name`, unless they give one or it has none.

    A model that was trained on one version would see another brightness in the next.
    """
    kept = None if options.bit_range else _known_range(settings, name)[1]
    return replace(options, bit_range=",".join(map(str, kept))) if kept else options


def _known_range(settings: Settings, name: str) -> tuple[str, BitRange | None]:
    """The latest version of data set `name`, and its range; "" and None if it has none."""
    layout = Layout(settings.workspace)
    try:
        key = dataset_id(name)
        latest = versions_of(layout, key)[-1:]
        kept = kept_range(load_facts(VersionFolder(layout.version(key, latest[0])))) if latest else None
        return (latest[0], kept) if kept else ("", None)
    # A damaged version has no range; a name that cannot be used is refused where it is used.
    except AppError:
        return "", None
