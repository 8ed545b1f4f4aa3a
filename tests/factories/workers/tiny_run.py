"""The smallest run that really trains: the small model with a few channels, on images of 96 px."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from core.files import write_json
from core.settings import Settings
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe, Weights
from core.training.run.folder import RunFolder
from core.training.run.job import Job, write_job
from core.workspace.layout import Layout
from tests.factories.tiny_dataset import DatasetMaker

CLASSES = ("red", "blue")
FEW_CHANNELS = {"MODEL.FPN.OUT_CHANNELS": 32, "MODEL.ROI_BOX_HEAD.FC_DIM": 32}

THIN_RESNET = {
    "MODEL.RESNETS.STEM_OUT_CHANNELS": 8,
    "MODEL.RESNETS.RES2_OUT_CHANNELS": 16,
    "MODEL.RESNETS.WIDTH_PER_GROUP": 8,
    "MODEL.FPN.OUT_CHANNELS": 16,
    "MODEL.ROI_BOX_HEAD.CONV_DIM": 16,
    "MODEL.ROI_BOX_HEAD.FC_DIM": 32,
}


def tiny_recipe(iterations: int = 8, **changes: Any) -> Recipe:
    """A recipe for images of 64 px, from random weights; `changes` are fields of Recipe."""
    preset = replace(find_preset("quick"), model="small", overrides=FEW_CHANNELS)
    changed = RecipeChanges(iterations=iterations, input_sizes=(64,), test_size=64, weights=Weights(kind="random"))
    recipe = make_recipe(preset, 8, changed)
    return replace(recipe, **{"evaluate_every": 0, **changes})


def tiny_jitter_recipe(iterations: int = 8, **changes: Any) -> Recipe:
    """A recipe of the zoo's R50 trained with jitter, with a few channels; `changes` are fields of Recipe."""
    recipe = tiny_recipe(iterations, model="faster_rcnn_R_50_FPN_400ep_LSJ", overrides=THIN_RESNET)
    return replace(recipe, **{"norm_statistics": "frozen", **changes})


def tiny_data(root: Path, maker: DatasetMaker | None = None) -> Path:
    """A version folder of a few images with red and blue squares, in a workspace at `root`."""
    settings = Settings(workspace=root)
    dataset = (maker or DatasetMaker(train=6, val=3)).make(settings)
    return next(Layout(root).folder("dataset", dataset).joinpath("versions").iterdir())


def tiny_run(root: Path, name: str, recipe: Recipe, data: Path, weights_file: Path | None = None) -> RunFolder:
    """The folder of a run that is ready to be started in the workspace at `root`."""
    layout = Layout(root)
    folder = RunFolder(layout.folder("run", name))
    folder.root.mkdir(parents=True, exist_ok=True)
    write_json(folder.recipe, recipe.to_json())
    dataset, version = data.parent.parent.name, data.name
    job = Job(
        run=name,
        name=name,
        dataset=dataset,
        version=version,
        data=data,
        slots=layout.slots,
        weights_cache=layout.weights,
        weights_file=weights_file,
        classes=CLASSES,
    )
    write_job(folder, job)
    return folder


def bare_job(folder: Path, **changes: Any) -> Job:
    """A job for tests of weights, which read neither its data nor its run; `changes` are fields of Job."""
    job = Job(
        run="r",
        name="r",
        dataset="d",
        version="v1",
        data=folder,
        slots=folder,
        weights_cache=folder / "cache",
        weights_file=None,
        classes=("person", "crane"),
    )
    return replace(job, **changes)
