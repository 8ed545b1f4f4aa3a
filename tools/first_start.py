"""Prepares a new workspace: the demo data set, so that the first start shows something, and Detectron2's keys.

`make run` calls it before the server; on later starts it does nothing.
"""

import sys
import tempfile
from pathlib import Path

# A script's import path begins with its folder; core is in the folder above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.actor import SERVER, process_actor
from core.errors import AppError
from core.progress import say_nothing
from core.services.datasets import ImportOptions, import_dataset, list_datasets, make_demo
from core.services.training import config_keys
from core.settings import Settings, load_settings

IMAGES = 200
SIZE_PX = 320


def main() -> int:
    """Prepares the workspace; the exit code, 0 also after a mistake of the user."""
    try:
        settings = load_settings()
        if not list_datasets(settings):
            add_demo(settings)
        # The worker writes them once; made now, so that nobody waits for them on the training page.
        config_keys(settings)
    except AppError as error:
        # The app still starts: its empty overview offers the demo again, and the training page makes the keys.
        print(f"The workspace was not fully prepared: {error.message} {error.remedy}", file=sys.stderr)
    return 0


def add_demo(settings: Settings) -> None:
    """Makes the demo tiles in a temporary folder and imports them like any other upload."""
    print(f"First start: making the demo data set ({IMAGES} images) in {settings.workspace}", flush=True)
    with tempfile.TemporaryDirectory(prefix="detdesk-demo-") as folder:
        source = Path(folder) / "demo"
        actor = process_actor(settings.user, SERVER)
        make_demo(source, IMAGES, 0, SIZE_PX, False, say_nothing)
        import_dataset(settings, source, ImportOptions(name="demo", split="70/15/15"), say_nothing, actor=actor)


if __name__ == "__main__":
    sys.exit(main())
