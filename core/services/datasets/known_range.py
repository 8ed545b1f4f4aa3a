"""The range of deep images that an earlier version of a data set was mapped by: its next versions use it, too."""

from dataclasses import replace

from core.errors import AppError
from core.labels.images.bit_range import parse_bit_range
from core.labels.imports.options import ImportOptions
from core.settings import Settings
from core.workspace.datasets import VersionFolder, dataset_id, load_facts, versions_of
from core.workspace.layout import Layout


def with_known_range(settings: Settings, options: ImportOptions, name: str) -> ImportOptions:
    """The options with the range of the latest version of data set `name`, unless they give one or it has none.

    A model that was trained on one version would see another brightness in the next.
    """
    if options.bit_range:
        return options
    layout = Layout(settings.workspace)
    try:
        key = dataset_id(name)
        latest = versions_of(layout, key)[-1:]
        kept = load_facts(VersionFolder(layout.version(key, latest[0]))).get("bit_range") if latest else None
        text = ",".join(str(value) for value in kept) if isinstance(kept, list) else ""
        parse_bit_range(text)
    # A damaged version has no range; a name that cannot be used is refused where it is used.
    except AppError:
        return options
    return replace(options, bit_range=text)
