"""Versions of data sets: children with a change, and what differs between two. For pages and the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.services.versions.class_changes import (
        ClassChange,
        ClassPreview,
        change_classes,
        preview_classes,
    )
    from core.services.versions.comparing import (
        VersionDifference,
        compare_versions,
    )
    from core.services.versions.making import ChildVersion
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "ChildVersion",
    "ClassChange",
    "ClassPreview",
    "VersionDifference",
    "change_classes",
    "compare_versions",
    "preview_classes",
]
