"""The HTML report of an evaluation: one file that opens from disk. For pages and the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.services.html_report.build import (
        Report,
        make_report,
        write_report,
    )
    from core.services.html_report.document import (
        ReportRequest,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "Report",
    "ReportRequest",
    "make_report",
    "write_report",
]
