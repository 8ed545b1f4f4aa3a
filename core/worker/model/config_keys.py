"""Which of Detectron2's configuration keys an expert may set, and to which values.

`python -m core.worker schema` writes the list as JSON, so that pages and the command line check without Detectron2.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from core.files import write_json
from core.training.recipe.overrides import ConfigKey, keys_from_json
from core.worker.model.custom_config import DETECTORS, PARTS, keys_of, value_at
from core.worker.model.detectron import get_cfg

_BY_RECIPE: Final = {
    "SOLVER.MAX_ITER": "the run's length",
    "SOLVER.IMS_PER_BATCH": "the batch size",
    "SOLVER.BASE_LR": "the learning rate",
    "SEED": "the seed",
    "MODEL.WEIGHTS": "the choice of weights",
    "MODEL.DEVICE": "the device slot",
    "MODEL.ROI_HEADS.NUM_CLASSES": "the data set",
    "MODEL.RETINANET.NUM_CLASSES": "the data set",
    "MODEL.MASK_ON": "the model",
    "MODEL.BACKBONE.FREEZE_AT": "the number of frozen stages",
    "INPUT.MIN_SIZE_TRAIN": "the input sizes",
    "INPUT.MAX_SIZE_TRAIN": "the input sizes",
    "INPUT.MIN_SIZE_TEST": "the test size",
    "INPUT.MAX_SIZE_TEST": "the input sizes",
    "INPUT.RANDOM_FLIP": "the augmentation switches",
    "TEST.AUG.MIN_SIZES": "the test size",
    "TEST.AUG.MAX_SIZE": "the input sizes",
    "TEST.AUG.FLIP": "TEST.AUG.ENABLED, which adds the mirrored image",
    "INPUT.MIN_SIZE_TRAIN_SAMPLING": "the input sizes",
    "SOLVER.CLIP_GRADIENTS.ENABLED": "the bound of gradients",
    "SOLVER.CLIP_GRADIENTS.CLIP_TYPE": "the bound of gradients",
    "SOLVER.CLIP_GRADIENTS.CLIP_VALUE": "the bound of gradients",
    "SOLVER.AMP.ENABLED": "the switch for mixed precision",
    "TEST.EVAL_PERIOD": "the evaluation interval",
    "SOLVER.CHECKPOINT_PERIOD": "the checkpoint interval",
    "DATALOADER.NUM_WORKERS": "the number of data workers",
    "DATALOADER.FILTER_EMPTY_ANNOTATIONS": "the choice to keep background images",
    "OUTPUT_DIR": "the run's folder",
}
_WITHOUT_USE: Final = (
    "DATASETS.",
    "DATALOADER.",
    "INPUT.CROP.",
    "INPUT.MASK_FORMAT",
    "TEST.EXPECTED_RESULTS",
    "TEST.PRECISE_BN.",
    "TEST.KEYPOINT_OKS_SIGMAS",
    "SOLVER.REFERENCE_WORLD_SIZE",
    "MODEL.LOAD_PROPOSALS",
    "MODEL.KEYPOINT_ON",
    "MODEL.ROI_KEYPOINT_HEAD.",
    "MODEL.SEM_SEG_HEAD.",
    "MODEL.PANOPTIC_FPN.",
    "VIS_PERIOD",
    "VERSION",
    "CUDNN_BENCHMARK",
    "GLOBAL.HACK",
)

_NORMS: Final = ("", "BN", "SyncBN", "FrozenBN", "GN", "nnSyncBN", "naiveSyncBN", "naiveSyncBN_N")
_BOX_LOSSES: Final = ("smooth_l1", "giou", "diou", "ciou")
_POOLERS: Final = ("ROIAlign", "ROIAlignV2", "ROIPool", "ROIAlignRotated")
# The values that Detectron2 0.6 handles. Any other ends in a KeyError or a ValueError after the start.
_CHOICES: Final = {
    "MODEL.META_ARCHITECTURE": DETECTORS,
    "MODEL.RESNETS.NORM": _NORMS,
    "MODEL.FPN.NORM": _NORMS,
    "MODEL.ROI_BOX_HEAD.NORM": _NORMS,
    "MODEL.ROI_MASK_HEAD.NORM": _NORMS,
    "MODEL.RETINANET.NORM": _NORMS,
    "MODEL.FPN.FUSE_TYPE": ("sum", "avg"),
    "MODEL.RPN.BBOX_REG_LOSS_TYPE": _BOX_LOSSES,
    "MODEL.ROI_BOX_HEAD.BBOX_REG_LOSS_TYPE": _BOX_LOSSES,
    "MODEL.RETINANET.BBOX_REG_LOSS_TYPE": _BOX_LOSSES,
    "MODEL.ROI_BOX_HEAD.POOLER_TYPE": _POOLERS,
    "MODEL.ROI_MASK_HEAD.POOLER_TYPE": _POOLERS,
    "SOLVER.LR_SCHEDULER_NAME": ("WarmupMultiStepLR", "WarmupCosineLR"),
    "SOLVER.WARMUP_METHOD": ("linear", "constant"),
    "INPUT.FORMAT": ("BGR", "RGB"),
    "MODEL.RESNETS.DEPTH": (18, 34, 50, 101, 152),
}


@lru_cache(maxsize=1)
def config_keys() -> dict[str, ConfigKey]:
    """Every key with its type, default and choices, and the reason if it cannot be set."""
    return keys_from_json(_schema())


def write_schema(path: Path) -> None:
    """Writes the keys as JSON: `{key: {"type", "default", "refused", "choices"}}`."""
    write_json(path, _schema())


def _schema() -> dict[str, dict[str, Any]]:
    cfg = get_cfg()
    schema = {}
    for key in keys_of(cfg):
        value = value_at(cfg, key)
        schema[key] = {
            "type": type(value).__name__,
            # Through JSON, because it turns a tuple into a list, as in the written schema.
            "default": json.loads(json.dumps(value)),
            "refused": refusal(key),
            "choices": _choices(key, value),
        }
    return schema


def _choices(key: str, default: Any) -> list[Any]:
    return sorted({default, *(name for name, _ in PARTS[key])}) if key in PARTS else list(_CHOICES.get(key, ()))


def refusal(key: str) -> str:
    """Why a key cannot be overridden, as a sentence; "" if it can."""
    if key in _BY_RECIPE:
        return f"It is decided by {_BY_RECIPE[key]}."
    if key.startswith(_WITHOUT_USE):
        return "It has no effect here."
    return ""
