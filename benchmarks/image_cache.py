"""Whether a cache of decoded images pays: JSON with the time of a training sample with and without it.

    .venv/bin/python benchmarks/image_cache.py [FOLDER_WITH_LABELS] [--preset quick] [--images 60]

Without a folder it makes and uses the demo data. Samples are made as in training (decoded, augmented, resized), in
alternating rounds over the same positions.
The times are processor time, so that other work on the machine does not count.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.training.recipe.build import make_recipe  # noqa: E402
from core.training.recipe.presets import find_preset  # noqa: E402
from core.worker.data.dataset import PositionStream, open_data, records  # noqa: E402
from core.worker.data.training_stream import training_stream  # noqa: E402
from core.worker.model.config import make_config  # noqa: E402

ROUNDS = 5


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--images", "--pictures", type=int, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary) / "demo"
        if args.folder is None:
            _core(temporary, "demo", str(folder))
        _core(temporary, "import", str(folder))
        stream, split_bytes = _stream(next(Path(temporary).glob("datasets/*/versions/*")), args.preset)
        report = _compare(stream, args.images)
    print(json.dumps(report | {"split_decoded_mib": round(split_bytes / 2**20)}, indent=2))


def _core(workspace: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "core", "--workspace", workspace, *arguments, "--json"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _stream(version: Path, preset: str) -> tuple[PositionStream, int]:
    data = open_data(version)
    images = data.split("train")
    recipe = make_recipe(find_preset(preset), len(images))
    stream = training_stream(records(data, images), make_config(recipe, data.classes), recipe)
    return stream, int((images["width"] * images["height"]).sum() * 3)


def _compare(stream: PositionStream, images: int) -> dict[str, Any]:
    # Not earlier: core.worker prepares Pillow for Detectron2.
    from detectron2.data import detection_utils as reading

    decode = reading.read_image
    kept: dict[str, Any] = {}

    def remembered(file_name: str, format: str | None = None) -> Any:
        if file_name not in kept:
            kept[file_name] = decode(file_name, format)
        return kept[file_name]

    plain, cached = list[float](), list[float]()
    for number in range(ROUNDS + 1):
        for times, read in ((plain, decode), (cached, remembered)):
            reading.read_image = read
            times.append(_seconds_each(stream, images))
            if number == 0:  # fills the cache, and warms up
                times.clear()
    return {
        "ms_a_sample": round(1000 * statistics.median(plain), 2),
        "ms_a_sample_from_memory": round(1000 * statistics.median(cached), 2),
        "ratio": round(statistics.median(plain) / statistics.median(cached), 2),
    }


def _seconds_each(stream: PositionStream, images: int) -> float:
    began = time.process_time()
    for position in range(images):
        stream[position]
    return (time.process_time() - began) / images


if __name__ == "__main__":
    main()
