"""Makes the demo data set from a page: draws it, then imports it like any upload."""

from core.services import datasets
from core.services.datasets import ImportOptions, discard_upload, import_dataset, make_demo
from pages.widgets.actor import actor_of
from pages.widgets.cached import current_settings
from pages.widgets.progress import progress_bar

NAME = "demo"
IMAGES = 200


def add_demo_dataset() -> str:
    """Draws the tiles and imports them, with a progress bar. Returns the id; leaves nothing after an error."""
    settings = current_settings()
    upload = datasets.open_upload(settings, actor=actor_of(settings))
    try:
        source = datasets.upload_folder(settings, upload)
        with progress_bar("Drawing aerial tiles") as progress:
            make_demo(source, IMAGES, progress=lambda share, what: progress(share * 0.7, what))
            options = ImportOptions(name=NAME, split="70/15/15")
            imported = import_dataset(
                settings,
                source,
                options,
                lambda share, what: progress(0.7 + share * 0.3, what),
                actor=actor_of(settings),
            )
    finally:
        discard_upload(settings, upload)
    return imported.dataset
