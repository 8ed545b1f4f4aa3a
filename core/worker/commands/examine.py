"""Examines the configuration and weights of a custom model once, when it is added.

`python -m core.worker examine FOLDER` reads `given.yaml`, `given.json` ({title, classes, weights}) and the weights file
from the folder. It writes `facts.json`: the model as plain data (core.training.recipe.model_catalogue.Model) with its
complete configuration, and the tensors by part. No code from the two files is run.
"""

import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Final

import torch
from detectron2.data import MetadataCatalog
from detectron2.data import datasets as _datasets  # noqa: F401  registers COCO and the others

from core.errors import AppError
from core.files import read_json, write_json
from core.training.recipe.model_catalogue import BOXES, MASKS, Model
from core.worker.model.custom_config import check_usable, own_config
from core.worker.model.detectron import CfgNode, build
from core.worker.weights.load import LoadReport, load_weights
from core.worker.weights.reader import read_weights

# The largest detectors of Detectron2 have 0.2 billion. A much larger one is a mistake, or meant to fill memory.
_MOST_PARAMETERS: Final = 1_000_000_000
_STEP_PX: Final = 32


def examine(folder: Path) -> None:
    """Writes facts.json for the model in the folder. Raises AppError if it cannot be used."""
    json = read_json(folder / "given.json")
    cfg = own_config(folder.joinpath("given.yaml").read_text(errors="replace"))
    check_usable(cfg)
    weights = folder / json["weights"]
    count = cfg.MODEL.RETINANET.NUM_CLASSES if _is_dense(cfg) else cfg.MODEL.ROI_HEADS.NUM_CLASSES
    classes = _class_names(json["classes"], count, weights, cfg)
    cfg.MODEL.DEVICE = "cpu"
    parameters = _count_parameters(cfg)
    report = load_weights(_build(cfg), weights, classes)
    _check_fit(report, weights)
    model = _as_model(folder.name, str(json["title"]), cfg, parameters / 1e6, classes)
    write_json(folder / "facts.json", {"model": asdict(model), "groups": report.groups})


def _is_dense(cfg: CfgNode) -> bool:
    return bool(cfg.MODEL.META_ARCHITECTURE == "RetinaNet")


def _class_names(chosen: list[str], count: int, weights: Path, cfg: CfgNode) -> list[str]:
    """The names by class index: the user's, else the checkpoint's, else those of Detectron2's data sets."""
    if chosen:
        if len(chosen) != count or len(set(chosen)) != count:
            raise AppError(
                f"The model has {count} classes, but {len(set(chosen))} different names were given.",
                "Give one name for each class, in the order of the training data.",
            )
        return chosen
    held = read_weights(weights).get("classes")
    if isinstance(held, list | tuple) and len(held) == count:
        return [str(name) for name in held]
    for dataset in cfg.DATASETS.TRAIN:
        names = getattr(MetadataCatalog.get(dataset), "thing_classes", None) if dataset in MetadataCatalog else None
        if names and len(names) == count:
            return [str(name) for name in names]
    raise AppError(
        f"The model has {count} classes, and neither of its files names them.",
        "Give their names, in the order of their numbers (on the command line: --classes A,B,C).",
    )


def _count_parameters(cfg: CfgNode) -> int:
    """The number of parameters, counted without allocating them."""
    meta = cfg.clone()
    meta.MODEL.DEVICE = "meta"
    with torch.device("meta"):
        count = sum(value.numel() for value in _build(meta).parameters())
    if count > _MOST_PARAMETERS:
        raise AppError(f"The model has {count / 1e6:,.0f} million parameters.", "Is the configuration right?")
    return count


def _build(cfg: CfgNode) -> torch.nn.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return build(cfg)
    # Detectron2 checks configurations by assertions and wherever it uses the values.
    except (AssertionError, ValueError, TypeError, KeyError, IndexError, RuntimeError, AttributeError) as error:
        cause = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise AppError(
            f"Detectron2 cannot build the model: {cause}.", "Correct the configuration; its settings do not fit."
        ) from error


def _check_fit(report: LoadReport, weights: Path) -> None:
    """Raises AppError if a part of the model would have random weights."""
    lacking = [row for row in report.groups if row["missing"] or row["reinitialised"]]
    if lacking:
        parts = ", ".join(row["group"] for row in lacking[:6])
        raise AppError(
            f"{weights.name} does not fit the configuration: {parts} would start at random.",
            "Give the weights that were trained with this configuration.",
        )


def _as_model(key: str, title: str, cfg: CfgNode, parameters: float, classes: list[str]) -> Model:
    test_size = int(cfg.INPUT.MIN_SIZE_TEST)
    sizes = _training_sizes(cfg)
    return Model(
        key=key,
        title=title,
        task=MASKS if cfg.MODEL.MASK_ON else BOXES,
        parameters=round(parameters, 1),
        coco_ap=None,
        memory="small" if parameters < 15 else "medium" if parameters < 62 else "large",
        config="",
        weights="",
        input_sizes=sizes,
        input_max=int(cfg.INPUT.MAX_SIZE_TEST),
        test_size=test_size or max(sizes),
        needs_polygons=bool(cfg.MODEL.MASK_ON),
        has_proposals=cfg.MODEL.META_ARCHITECTURE == "GeneralizedRCNN",
        yaml=_canonical(cfg),
        classes=tuple(classes),
    )


def _training_sizes(cfg: CfgNode) -> tuple[int, ...]:
    MIN_SIZE_TRAIN = cfg.INPUT.MIN_SIZE_TRAIN
    sizes = tuple(
        int(size) for size in (MIN_SIZE_TRAIN if isinstance(MIN_SIZE_TRAIN, tuple | list) else (MIN_SIZE_TRAIN,))
    )
    if cfg.INPUT.MIN_SIZE_TRAIN_SAMPLING == "range" and len(sizes) == 2:
        # Our recipes draw one of several sizes, not any size between two.
        return tuple(dict.fromkeys((*range(sizes[0], sizes[1], _STEP_PX), sizes[1])))
    return sizes


def _canonical(cfg: CfgNode) -> str:
    """The whole configuration as YAML, without the keys that belong to the machine that wrote it."""
    kept = cfg.clone()
    kept.MODEL.WEIGHTS, kept.OUTPUT_DIR, kept.VIS_PERIOD = "", "", 0
    kept.DATASETS.TRAIN = kept.DATASETS.TEST = ()
    return str(kept.dump())
