"""Pre-trains a small model on generated images and writes its starter weights to core/worker/starter.

    PYTHONPATH=. .venv/bin/python tools/pretrain_starter.py WORK_FOLDER MODEL [--images N] [--iterations N]

MODEL is `lite`, whose backbone stays as ImageNet made it, or `small`. The images become a data set and the training a
run in a workspace below the work folder; the app, started on that workspace, shows it. If it is stopped and started
again, it continues.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from starter_images import paint
from starter_shapes import KINDS

from core.actor import COMMAND_LINE, process_actor
from core.services import datasets, runs, training
from core.services.datasets import ImportOptions
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Augmentation, Weights
from core.training.run.checkpoints import find_checkpoint
from core.training.run.status import Phase

_TARGET: Final = Path(__file__).resolve().parent.parent / "core" / "worker" / "starter"
_NAME: Final = "starter"
_ACTOR: Final = process_actor("", COMMAND_LINE)

_ALL_STAGES: Final = 5
_SIDE: Final = 288  # px; scaled to 200 to 312 in training


def main() -> None:
    """Paints, imports, trains and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model", choices=["lite", "small"])
    parser.add_argument("--images", "--pictures", type=int, default=6_000)
    parser.add_argument("--iterations", type=int, default=1800)
    args = parser.parse_args()
    settings = Settings(workspace=args.folder / "workspace")
    if not any(dataset.name == _NAME for dataset in datasets.list_datasets(settings)):
        labels = args.folder / "images"
        _write_images(labels, args.images)
        datasets.import_dataset(settings, labels, ImportOptions(name=_NAME, split="95/5/0"), _tell, actor=_ACTOR)
    _write_weights(settings, args.model, _trained(settings, args.model, args.iterations))


def _write_images(folder: Path, count: int) -> None:
    """Writes images and labels in the reference text format; each image depends only on its number."""
    folder.mkdir(parents=True, exist_ok=True)
    names = "\n".join(name.replace(" ", "-") for name, _ in KINDS)
    (folder / "classes.txt").write_text(names + "\n")
    with ProcessPoolExecutor() as pool:
        for done, _ in enumerate(pool.map(_write_image, [folder] * count, range(count), chunksize=50)):
            if done % 1000 == 0:
                _tell(done / count, "painting")


def _write_image(folder: Path, number: int) -> None:
    image, boxes, kinds = paint(np.random.default_rng([20261123, number]), _SIDE)
    stem = f"{number:06d}"
    Image.fromarray(image).save(folder / f"{stem}.jpg", quality=92)
    lines = [f"{kind} {x1:g} {y1:g} {x2:g} {y2:g}" for kind, (x1, y1, x2, y2) in zip(kinds, boxes, strict=True)]
    (folder / f"{stem}.txt").write_text("".join(f"{line}\n" for line in lines))


def _trained(settings: Settings, model: str, iterations: int) -> str:
    """The id of the finished run, which is started or resumed if needed."""
    existing = [run for run in runs.list_runs(settings) if run.name == model]
    if not existing:
        run = training.start_run(settings, _request(model, iterations), actor=_ACTOR)
    else:
        run = existing[0].run
        if existing[0].phase != Phase.FINISHED and existing[0].ended:
            runs.resume(settings, run, actor=_ACTOR)
    ended = runs.wait(settings, run, _tell)
    if ended.phase != Phase.FINISHED:
        sys.exit(f"The run has {ended.phase}: {ended.reason}")
    return run


def _request(model: str, iterations: int) -> training.TrainRequest:
    return training.TrainRequest(
        dataset=_NAME,
        preset="quick",
        name=model,
        changes=RecipeChanges(
            model=model,
            weights=Weights(kind="imagenet" if model == "lite" else "random"),
            frozen_stages=_ALL_STAGES if model == "lite" else 0,
            iterations=iterations,
            batch=4,
            learning_rate=0.02,
            input_sizes=(256,),
            augmentation=Augmentation(flip_vertical=True, scale=0.22),
            overrides={"SOLVER.LR_SCHEDULER_NAME": "WarmupCosineLR"},
        ),
    )


def _write_weights(settings: Settings, model: str, run: str) -> None:
    """Writes the last weights in half precision, without class-specific layers and without ImageNet's, and a note."""
    last = find_checkpoint(runs.run_folder(settings, run), "last")
    if last is None:
        sys.exit("The run has no checkpoint.")
    left_out = ("backbone.bottom_up.",) if model == "lite" else ()
    tensors = torch.load(last.path, map_location="cpu", weights_only=True)["model"]
    kept = {
        name: tensor.half()
        for name, tensor in tensors.items()
        if "box_predictor" not in name and not name.startswith(left_out)
    }
    _TARGET.mkdir(exist_ok=True)
    torch.save({"model": kept}, _TARGET / f"{model}.pth")
    described = runs.describe_run(settings, run).to_json()
    note = {"iterations": described["iteration"], "recipe": described["recipe"], "validation": described["metrics"]}
    (_TARGET / f"{model}.json").write_text(json.dumps(note, indent=1) + "\n")


def _tell(share: float, activity: str) -> None:
    print(f"\r{share:5.0%} {activity:60.60}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
