"""Effects of a plan on its training images: object sizes in the network, and how often each class is seen."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import area_xyxy
from core.services.training.plan import Plan
from core.tables import ANNOTATIONS, boxes_xyxy
from core.training.recipe.input_sizes import Sides, SizeShares, shares_below
from core.training.recipe.sampling import Contents, Exposure, exposure_of
from core.workspace.datasets import VersionFolder, load_columns, load_version_table


@dataclass(frozen=True, slots=True)
class _Training:
    """The training split of a version."""

    contents: Contents
    sides: Sides


def size_shares(plan: Plan) -> SizeShares:
    """Shares of small training objects in the network at each input size."""
    recipe = plan.recipe
    sides = _read(plan.data.folder, recipe.keep_background).sides
    return shares_below(sides, recipe.test_size, recipe.input_max / recipe.test_size)


def exposure(plan: Plan) -> Exposure:
    """How often the plan shows each class, and its share of the data. Raises RecipeError without objects."""
    recipe = plan.recipe
    contents = _read(plan.data.folder, recipe.keep_background).contents
    return exposure_of(contents, plan.data.classes, recipe.balance, recipe.background_share)


# Versions never change, and a page asks at every click.
@lru_cache(maxsize=4)
def _read(folder: Path, keep_background: bool) -> _Training:
    files = VersionFolder(folder)
    images = load_columns(files, "images", ["image_id", "width", "height", "split", "use"])
    uses = ("labelled", "background") if keep_background else ("labelled",)
    images = images[(images["split"] == "train") & images["use"].isin(uses)]
    objects = load_version_table(files, "annotations", ANNOTATIONS)
    objects = objects[objects["image_id"].isin(images["image_id"])]
    image = pd.Index(images["image_id"]).get_indexer(objects["image_id"]).astype(np.int64)
    contents = Contents(images=len(images), image=image, category=objects["category_id"].to_numpy(np.int64))
    short_px, long_px = _short_and_long(images)
    object_px = np.sqrt(area_xyxy(boxes_xyxy(objects)))
    sides = Sides(image=image, object_px=object_px, short_px=short_px, long_px=long_px)
    return _Training(contents, sides)


def _short_and_long(images: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    width, height = images["width"].to_numpy(np.float64), images["height"].to_numpy(np.float64)
    return np.minimum(width, height), np.maximum(width, height)
