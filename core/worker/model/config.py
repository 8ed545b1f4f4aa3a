"""A recipe and the classes of its data -> Detectron2's configuration.

The recipe's settings come first, the expert's overrides last. An override is refused if the recipe, the data or the
machine decides its key, or if this worker does not use it: no setting is ignored silently.
"""

from typing import Any, Final

from core.errors import RecipeError
from core.training.recipe.model_catalogue import Model
from core.training.recipe.overrides import check_overrides, coerce
from core.training.recipe.recipe import TEST_TIME_AUGMENTATION, Recipe, model_of
from core.worker.model.config_keys import config_keys
from core.worker.model.custom_config import own_config
from core.worker.model.detectron import CfgNode, zoo_config
from core.worker.model.jitter_config import jitter_config
from core.worker.model.mixed_precision import has_mixed_precision

# COCO's cap. It is raised only if an image holds more objects.
_DETECTIONS: Final = 100
# Low enough that precision-recall curves reach their end: with 0.02, AP50 was lower on BCCD (docs/benchmarks.md). The
# cap on detections bounds the number of boxes of an early model.
_LOWEST_SCORE: Final = 0.001

# Faster R-CNN on a ResNet-18 of half the width, for two CPU cores. It has group norm, because batch statistics of two
# images are too noisy; a quarter of the pyramid's channels, because their convolutions are otherwise half of the work;
# few proposals, because these small images hold tens of objects and not hundreds; and anchors half as large as those
# for images of 800 px.
_SMALL_BASE: Final = "COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml"
_SMALL: Final[dict[str, Any]] = {
    "MODEL.BACKBONE.NAME": "build_narrow_resnet_fpn_backbone",
    "MODEL.RESNETS.DEPTH": 18,
    "MODEL.RESNETS.STEM_OUT_CHANNELS": 32,
    "MODEL.RESNETS.RES2_OUT_CHANNELS": 32,
    "MODEL.RESNETS.NORM": "GN",
    "MODEL.FPN.NORM": "GN",
    "MODEL.FPN.OUT_CHANNELS": 64,
    "MODEL.ANCHOR_GENERATOR.SIZES": [[16], [32], [64], [128], [256]],
    "MODEL.ROI_BOX_HEAD.FC_DIM": 512,
    "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 64,
    "MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO": 2,
    "MODEL.RPN.PRE_NMS_TOPK_TRAIN": 500,
    "MODEL.RPN.POST_NMS_TOPK_TRAIN": 200,
    "MODEL.RPN.PRE_NMS_TOPK_TEST": 500,
    "MODEL.RPN.POST_NMS_TOPK_TEST": 200,
}

# The mask head of the small model, in proportion to the rest. It has no effect on a model without masks.
_SMALL_MASK: Final[dict[str, Any]] = {"MODEL.ROI_MASK_HEAD.CONV_DIM": 64, "MODEL.ROI_MASK_HEAD.NUM_CONV": 2}

# EfficientNet-Lite0 takes RGB from -1 to 1, as it was trained.
_LITE: Final[dict[str, Any]] = {
    "MODEL.BACKBONE.NAME": "build_efficientnet_lite0_fpn_backbone",
    "INPUT.FORMAT": "RGB",
    "MODEL.PIXEL_MEAN": [127.0, 127.0, 127.0],
    "MODEL.PIXEL_STD": [128.0, 128.0, 128.0],
}

_CASCADE: Final[dict[str, Any]] = {
    "MODEL.ROI_HEADS.NAME": "CascadeROIHeads",
    "MODEL.ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG": True,
}
# A key of `core.training.recipe.model_catalogue` -> its settings on top of the small model's. A cascade has three box
# heads, each trained on the boxes of the one before. Its boxes fit better, which is what a small model lacks most.
_SMALL_HEADS: Final[dict[str, dict[str, Any]]] = {
    "small_cascade": _CASCADE,
    "lite": _LITE,
    "lite_cascade": {**_LITE, **_CASCADE},
    "lite_mask": _LITE,
}


def make_config(recipe: Recipe, classes: list[str], device: str = "cpu", fullest: int = 0) -> CfgNode:
    """The frozen configuration of a run.

    Args: classes, names by index; device, as torch names it; fullest, the number of objects on the fullest image, which
    raises the cap on detections. Raises RecipeError for an unknown model or a refused override.
    """
    if not classes:
        raise RecipeError("The data set has no classes.", "Import labels with at least one class.")
    model = model_of(recipe)
    cfg = _model_config(model)
    cfg.MODEL.MASK_ON = model.needs_polygons
    cfg.MODEL.ROI_HEADS.NUM_CLASSES = cfg.MODEL.RETINANET.NUM_CLASSES = len(classes)
    cfg.MODEL.ROI_HEADS.SCORE_THRESH_TEST = cfg.MODEL.RETINANET.SCORE_THRESH_TEST = _LOWEST_SCORE
    cfg.TEST.DETECTIONS_PER_IMAGE = max(_DETECTIONS, fullest)
    cfg.MODEL.DEVICE = device
    cfg.MODEL.WEIGHTS = ""
    cfg.SEED = recipe.seed
    _set_solver(cfg, recipe)
    _set_input(cfg, recipe)
    _override(cfg, recipe.overrides)
    if cfg.TEST.AUG.ENABLED and cfg.MODEL.META_ARCHITECTURE != "GeneralizedRCNN":
        raise RecipeError(
            f"{TEST_TIME_AUGMENTATION} is not available for {cfg.MODEL.META_ARCHITECTURE}.",
            "Switch it off, or choose a model of the R-CNN family.",
        )
    cfg.freeze()
    return cfg


def _model_config(model: Model) -> CfgNode:
    if model.is_own:
        return own_config(model.yaml)
    if model.has_batch_norm:
        return jitter_config(model.config)
    cfg = zoo_config(model.config or _SMALL_BASE)
    if not model.config:
        _merge(cfg, {**_SMALL, **_SMALL_MASK, **_SMALL_HEADS.get(model.key, {})})
    return cfg


def _set_solver(cfg: CfgNode, recipe: Recipe) -> None:
    cfg.SOLVER.IMS_PER_BATCH = recipe.batch
    cfg.SOLVER.BASE_LR = recipe.learning_rate
    cfg.SOLVER.MAX_ITER = recipe.iterations
    cfg.SOLVER.WARMUP_ITERS = recipe.warmup
    cfg.SOLVER.STEPS = recipe.decay_at
    # Off by default in Detectron2: a single bad batch can then end a run on a small set with a loss of NaN.
    clip = cfg.SOLVER.CLIP_GRADIENTS
    clip.ENABLED = recipe.clip != "off"
    if clip.ENABLED:
        clip.CLIP_TYPE, clip.CLIP_VALUE = recipe.clip, recipe.clip_at
    cfg.SOLVER.AMP.ENABLED = recipe.mixed_precision is not False and has_mixed_precision(cfg.MODEL.DEVICE)
    cfg.MODEL.BACKBONE.FREEZE_AT = recipe.frozen_stages
    cfg.TEST.EVAL_PERIOD = recipe.evaluate_every


def _set_input(cfg: CfgNode, recipe: Recipe) -> None:
    cfg.INPUT.MIN_SIZE_TRAIN = recipe.input_sizes
    cfg.INPUT.MIN_SIZE_TRAIN_SAMPLING = "choice"
    cfg.INPUT.MAX_SIZE_TRAIN = cfg.INPUT.MAX_SIZE_TEST = recipe.input_max
    cfg.INPUT.MIN_SIZE_TEST = recipe.test_size
    cfg.DATALOADER.NUM_WORKERS = recipe.data_workers
    cfg.DATALOADER.FILTER_EMPTY_ANNOTATIONS = False


def _override(cfg: CfgNode, overrides: dict[str, Any]) -> None:
    keys = config_keys()
    for key, value in overrides.items():
        if problems := check_overrides(keys, {key: value}):
            raise RecipeError(problems[0], "Correct the expert settings.")
        _merge(cfg, coerce(keys, {key: value}))


def _merge(cfg: CfgNode, values: dict[str, Any]) -> None:
    for key, value in values.items():
        cfg.merge_from_list([key, value])
