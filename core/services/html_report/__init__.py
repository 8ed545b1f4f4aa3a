"""The HTML report of an evaluation: one file that opens from disk. For pages and the command line."""

from core.services.html_report.build import (
    Report,
    make_report,
    write_report,
)
from core.services.html_report.document import (
    ReportRequest,
)

__all__ = [
    "Report",
    "ReportRequest",
    "make_report",
    "write_report",
]
