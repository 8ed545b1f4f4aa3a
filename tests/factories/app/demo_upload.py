"""A small demo data set with planted faults, as a folder or as a zip."""

import shutil
from pathlib import Path

from core.services.datasets import make_demo


def demo_folder(folder: Path, images: int = 16, faults: bool = True) -> Path:
    """Tiles of 128 px with labels; `faults` plants one of every kind."""
    make_demo(folder, images, 0, 128, faults)
    return folder


def demo_zip(folder: Path, name: str = "tiles", images: int = 16, faults: bool = True) -> Path:
    """The same as `<name>.zip` in a folder."""
    source = demo_folder(folder / name, images, faults)
    return Path(shutil.make_archive(str(folder / name), "zip", source))
