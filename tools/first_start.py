"""Prepare a new workspace: the demo data set, so that the first start shows something, and Detectron2's keys.

`make run` calls it before the server; on later starts it finds nothing to do.
"""

import sys
import tempfile
from pathlib import Path

# A script sees its own folder first; core lies beside it.
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
    try:
        settings = load_settings()
        if not list_datasets(settings):
            add_demo(settings)
        # The worker writes them once; made here so that nobody waits for them on the training page.
        config_keys(settings)
    except AppError as error:
        # The app starts all the same: its empty overview offers the demo again, the training page asks again.
        print(f"The workspace was not fully prepared: {error.message} {error.remedy}", file=sys.stderr)
    return 0


def add_demo(settings: Settings) -> None:
    """Make the demo tiles in a temporary folder and import them like any other upload."""
    print(f"First start: making the demo data set ({IMAGES} images) in {settings.workspace}", flush=True)
    with tempfile.TemporaryDirectory(prefix="detdesk-demo-") as folder:
        source = Path(folder) / "demo"
        actor = process_actor(settings.user, SERVER)
        make_demo(source, IMAGES, 0, SIZE_PX, False, say_nothing)
        import_dataset(settings, source, ImportOptions(name="demo", split="70/15/15"), say_nothing, actor=actor)


if __name__ == "__main__":
    sys.exit(main())
