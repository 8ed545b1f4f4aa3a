"""Two people's labels of the same images, compared. For pages and the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.services.agreement.comparing import (
        Compared,
        agreement_json,
        compare_labels,
        differences_csv,
        write_differences,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = ["Compared", "agreement_json", "compare_labels", "differences_csv", "write_differences"]
