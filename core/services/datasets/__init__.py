"""Data sets: inspect, import, list, open. For pages and the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.labels.checks.thresholds import (
        Thresholds,
        thresholds_of,
    )
    from core.labels.imports.options import (
        ImportOptions,
    )
    from core.labels.reading.claims import (
        format_ids,
    )
    from core.labels.reading.frames import (
        FRAME_NAMES,
    )
    from core.labels.reading.options import (
        ReadOptions,
    )
    from core.services.datasets.demo import (
        make_demo,
    )
    from core.services.datasets.finding_images import (
        finding_image,
        stored_finding_image,
    )
    from core.services.datasets.image_filter import (
        SIZES,
        SORTS,
        attribute_names,
        attribute_values,
        attributes_on,
        filter_images,
    )
    from core.services.datasets.image_pass import (
        ImagePass,
    )
    from core.services.datasets.imports import (
        check_again,
        discard,
        discard_upload,
        import_dataset,
        inspect,
        inspect_images,
    )
    from core.services.datasets.inspection import (
        Inspection,
        attributes_to_ignore,
    )
    from core.services.datasets.known_range import (
        DeepImages,
        deep_images,
        with_known_range,
    )
    from core.services.datasets.listing import (
        DatasetSummary,
        describe_dataset,
        findings_csv,
        findings_table_csv,
        image_path,
        list_datasets,
        open_version,
        thumbnail,
    )
    from core.services.datasets.mask_contours import (
        object_masks,
    )
    from core.services.datasets.opened import (
        OpenVersion,
    )
    from core.services.datasets.reading_preview import (
        GroupImage,
        group_examples,
        source_image,
    )
    from core.services.datasets.uploads import (
        add_files,
        open_upload,
        safe_name,
        too_large,
        upload_folder,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "FRAME_NAMES",
    "SIZES",
    "SORTS",
    "DatasetSummary",
    "DeepImages",
    "GroupImage",
    "ImagePass",
    "ImportOptions",
    "Inspection",
    "OpenVersion",
    "ReadOptions",
    "Thresholds",
    "add_files",
    "attribute_names",
    "attribute_values",
    "attributes_on",
    "attributes_to_ignore",
    "check_again",
    "deep_images",
    "describe_dataset",
    "discard",
    "discard_upload",
    "filter_images",
    "finding_image",
    "findings_csv",
    "findings_table_csv",
    "format_ids",
    "group_examples",
    "image_path",
    "import_dataset",
    "inspect",
    "inspect_images",
    "list_datasets",
    "make_demo",
    "object_masks",
    "open_upload",
    "open_version",
    "safe_name",
    "source_image",
    "stored_finding_image",
    "thresholds_of",
    "thumbnail",
    "too_large",
    "upload_folder",
    "with_known_range",
]
