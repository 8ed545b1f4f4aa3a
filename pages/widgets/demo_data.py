"""Making the demo data set from a page: drawn, then imported like any other upload."""

from core.services import datasets
from core.services.datasets import ImportOptions, discard_upload, import_dataset, make_demo
from pages.widgets.actor import actor_of
from pages.widgets.cached import current_settings
from pages.widgets.progress import progress_bar

NAME = "demo"
IMAGES = 200


def add_demo_dataset() -> str:
    """Draw the tiles and import them, with a progress bar; the data set's id. Leaves nothing behind on an error."""
    where = current_settings()
    upload = datasets.open_upload(where, actor=actor_of(where))
    try:
        source = datasets.upload_folder(where, upload)
        with progress_bar("Drawing aerial tiles") as progress:
            make_demo(source, IMAGES, progress=lambda share, what: progress(share * 0.7, what))
            options = ImportOptions(name=NAME, split="70/15/15")
            imported = import_dataset(
                where, source, options, lambda share, what: progress(0.7 + share * 0.3, what), actor=actor_of(where)
            )
    finally:
        discard_upload(where, upload)
    return imported.dataset
