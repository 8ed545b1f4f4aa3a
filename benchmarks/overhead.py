"""The overhead of a Detdesk run over a bare Detectron2 training loop: one JSON document.

    PYTHONPATH=. .venv/bin/python benchmarks/overhead.py [FOLDER_WITH_LABELS] [--preset quick]

Inside one real run, blocks of its iterations alternate with blocks of Detectron2's `SimpleTrainer` on a second model of
the same configuration, loader and augmentation: ten blocks of 30 each, after 20 of warm-up. The run evaluates and
writes checkpoints outside these blocks. Another run measures their share of a whole run.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Final

from measuring.bare_loop import compared, train_beside_bare_loop
from measuring.nowhere import Nowhere
from trials import Trials

from core.actor import COMMAND_LINE, process_actor
from core.progress import say_nothing
from core.services import datasets, training
from core.services.datasets import ImportOptions, make_demo
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Weights
from core.training.run.folder import RunFolder

_WARM_UP: Final = 20
_BLOCKS: Final = 10
_BLOCK: Final = 30


def main() -> None:
    """Runs the measurement and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--preset", default="quick")
    args = parser.parse_args()
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # as in the table of docs/benchmarks.md
    with tempfile.TemporaryDirectory() as temporary:
        settings, actor = Settings(workspace=Path(temporary) / "workspace"), process_actor("", COMMAND_LINE)
        labels = args.folder or Path(make_demo(Path(temporary) / "demo")["path"])
        datasets.import_dataset(settings, labels, ImportOptions(name="data"), say_nothing, actor=actor)
        length = _WARM_UP + _BLOCKS * _BLOCK
        request = training.TrainRequest(
            dataset="data",
            preset=args.preset,
            changes=RecipeChanges(weights=Weights(kind="random"), iterations=length, evaluate_every=length),
        )
        run = training.start_run(settings, request, Nowhere(), actor=actor)
        alternate = train_beside_bare_loop(RunFolder(settings.workspace / "runs" / run), _WARM_UP, _BLOCK)
        whole = Trials(Path(temporary), Path(temporary) / "log.jsonl").result(
            training.TrainRequest(
                dataset="data", preset=args.preset, name="whole", changes=RecipeChanges(weights=Weights(kind="random"))
            )
        )
    share = {"share_outside_steps": whole["share_outside_steps"], "iterations": whole["iterations"]}
    machine = {"cores": os.cpu_count(), "load_1_min": round(os.getloadavg()[0], 1)}
    print(json.dumps(compared(alternate, _BLOCKS) | machine | {"a_whole_run": share}, indent=2))


if __name__ == "__main__":
    main()
