"""Builds the model of a run and loads the weights that it starts from."""

import logging
from dataclasses import asdict, dataclass

import torch

from core.errors import DamagedFileError
from core.files import write_json
from core.records import read_as
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.bundled_weights import WeightsOrigin
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.worker.data.seeding import seed_everything, seed_of
from core.worker.model.detectron import CfgNode, build
from core.worker.model.norm_statistics import settle_norms
from core.worker.weights.load import LoadReport, load_start_weights

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    origins: tuple[WeightsOrigin, ...] = ()


def build_for(recipe: Recipe, cfg: CfgNode) -> torch.nn.Module:
    """The model to train, with random weights drawn from the recipe's seed."""
    seed_everything(seed_of(recipe.seed, "weights"))
    model = build(cfg)
    settle_norms(model, recipe.norm_statistics, recipe.devices, on_gpu=cfg.MODEL.DEVICE != "cpu")
    return model


def start_from_weights(
    model: torch.nn.Module, folder: RunFolder, recipe: Recipe, job: Job, reporter: Reporter, stop: StopSwitch
) -> None:
    """Loads the weights that the recipe starts from, and writes the outcome of each tensor to weights.json.

    Raises AppError for weights that are missing or unreadable, DownloadStoppedError if a stop was requested meanwhile.
    """
    report = load_start_weights(model, recipe, job, lambda activity: reporter.tick(activity=activity), stop)
    if recipe.weights.kind == "run":
        report.origins = _origins_of(RunFolder(folder.root.with_name(recipe.weights.value)))
    write_json(folder.weights, report.as_dict())
    _tell(report)


def _origins_of(earlier: RunFolder) -> list[dict[str, str]]:
    """Whose work an earlier run builds on, as it noted it; nothing if it has no such note any more."""
    try:
        noted = read_as(earlier.weights, _Noted)
    except (FileNotFoundError, DamagedFileError):
        return []
    return [asdict(origin) for origin in noted.origins]


def _tell(report: LoadReport) -> None:
    _LOG.info(
        "Weights from %s: %d tensors loaded, %d in part, %d at random because their classes or shapes differ, "
        "%d only in the model, %d only in the file (weights.json names them)",
        report.source,
        *(len(names) for names in (report.loaded, report.resized, report.reinitialised)),
        *(len(names) for names in (report.missing, report.ignored)),
    )
    for row in report.groups:
        counts = ", ".join(f"{row[fate]} {fate}" for fate in row if fate not in ("group", "note") and row[fate])
        _LOG.info("  %s: %s%s", row["group"], counts, f" ({row['note']})" if row["note"] else "")
